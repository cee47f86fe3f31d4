"""`make bench`: every figure of the project, measured now, on this machine, beside a peer's in the same run."""

from tests.bench import broker, browser, gateway, heartbeats, paging, storm

if __name__ == "__main__":
    for bench in (gateway, broker, browser, paging, storm, heartbeats):
        bench.main()
