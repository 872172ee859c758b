"""What an empty chat says of the connections that list no models."""

import re

from chat.connections import Catalogue
from chat.ui.messages import state_now


def test_each_trouble_names_its_connection_once() -> None:
    troubles = {"": "Cannot reach a.", "My <box>": "Cannot reach b.", "Ollama": "Ollama has no key."}
    told = re.findall('<p class="state trouble"[^>]*>(.*?)</p>', state_now("a", Catalogue((), troubles)))
    assert told == ["Cannot reach a.", "My &lt;box&gt;: Cannot reach b.", "Ollama has no key."]
