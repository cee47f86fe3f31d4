"""A call that is being spoken: follows the product's TwiML over real HTTP, as Twilio would."""

from collections.abc import Callable, Mapping
from urllib.parse import urljoin
from xml.etree import ElementTree

MOST_DOCUMENTS = 20  # a script that never ends is a fault of the product
Fetch = Callable[[str, Mapping[str, str]], str]


class ScriptError(AssertionError):
    """The product's script is one that Twilio would not run."""


class Script:
    """Runs TwiML until it waits for keys or hangs up. `said` is all so far, `heard` what came since the last key."""

    def __init__(self, url: str, fetch: Fetch) -> None:
        self.said: list[str] = []
        self.heard: list[str] = []
        self.languages: set[str] = set()
        self.hung_up = False
        self._fetch = fetch
        self._url = url
        self._gather: ElementTree.Element | None = None
        self._rest: list[ElementTree.Element] = []
        self._documents = 0
        self._follow(url, {})

    @property
    def waits_for_keys(self) -> bool:
        return self._gather is not None

    def press(self, keys: str) -> None:
        """Press keys while the script waits for them. Raises ScriptError when it does not."""
        if self._gather is None:
            raise ScriptError(f"nobody waits for {keys!r}; last heard: {self.heard}")
        action = self._gather.get("action") or self._url
        self._gather, self.heard = None, []
        self._follow(urljoin(self._url, action), {"Digits": keys})

    def wait(self) -> None:
        """Press nothing until the script goes on by itself."""
        if self._gather is None:
            raise ScriptError("the script does not wait for anything")
        self._gather, self.heard = None, []
        self._run(self._rest)

    def _follow(self, url: str, form: Mapping[str, str]) -> None:
        self._documents += 1
        if self._documents > MOST_DOCUMENTS:
            raise ScriptError(f"more than {MOST_DOCUMENTS} documents in one call")
        self._url = url
        root = ElementTree.fromstring(self._fetch(url, form))  # noqa: S314 - the product under test wrote it
        if root.tag != "Response":
            raise ScriptError(f"<{root.tag}> in place of <Response>")
        self._run(list(root))

    def _run(self, verbs: list[ElementTree.Element]) -> None:
        for n, verb in enumerate(verbs):
            if verb.tag == "Say":
                self._say(verb)
            elif verb.tag == "Gather":
                for part in verb.findall("Say"):
                    self._say(part)
                self._gather, self._rest = verb, verbs[n + 1 :]
                return
            elif verb.tag == "Redirect":
                self._follow(urljoin(self._url, (verb.text or "").strip()), {})
                return
            elif verb.tag == "Hangup":
                break
            elif verb.tag != "Pause":
                raise ScriptError(f"the company does not know <{verb.tag}>")
        self.hung_up = True

    def _say(self, verb: ElementTree.Element) -> None:
        words = (verb.text or "").strip()
        if not words:
            raise ScriptError("<Say> without words")
        if verb.get("language"):
            self.languages.add(str(verb.get("language")))
        self.said.append(words)
        self.heard.append(words)
