"""What holds for every test: how Hypothesis plays."""

from hypothesis import HealthCheck, settings

from tests.scale import SCALE

# No example has a time limit: how fast this is, `make bench` says. What has to pass before a change lands plays the
# same examples each time, so that it fails by the change alone; the full counts explore.
settings.register_profile(
    "tomoshibi",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=SCALE > 1,
    print_blob=True,
)
settings.load_profile("tomoshibi")
