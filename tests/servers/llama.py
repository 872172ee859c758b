"""A real llama.cpp server with a tiny model of random weights, written here: real protocol, nonsense text.

`python -m tests.servers.llama --port 0` prints its address; in a test, use the `llama` fixture.
Replies are words made at random and never end by themselves, only at a limit or a stop.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gguf
import numpy as np
import xllamacpp

MODEL = "tiny-random"
WIDTH, HEADS, LAYERS, FEED_FORWARD = 64, 4, 2, 128
ENDING = {signal.SIGTERM, signal.SIGINT}
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant:"
)


def main(arguments: list[str] | None = None) -> None:
    """Serve until SIGTERM or an interrupt; the first line printed is the address."""
    parser = argparse.ArgumentParser(description="A llama.cpp server with a random model, for tests.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--api-key", help="refuse requests without it")
    parser.add_argument("--context", type=int, default=2048, help="tokens that fit into the context")
    parser.add_argument(
        "--reply-tokens", type=int, default=64, help="length of a reply with no limit asked for"
    )
    chosen = parser.parse_args(arguments)
    # Blocked before the server starts its threads, so that the wait below is the one to see them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "tiny-random.gguf"
        write_model(model, chosen.context)
        server = xllamacpp.Server(_parameters(model, chosen))
        sys.stdout.write(f"{server.listening_address}/v1\n")
        sys.stdout.flush()
        signal.sigwait(ENDING)


@contextmanager
def running_llama(*flags: str) -> Iterator[str]:
    """Run the server as a process of its own; gives its address, ending in /v1."""
    command = [sys.executable, "-m", "tests.servers.llama", "--port", "0", *flags]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            assert address, f"the llama.cpp server ended with {process.wait()} before it listened"
            yield address
        finally:
            process.terminate()


def write_model(path: Path, context: int) -> None:
    """Write a llama model of random weights in GGUF, about 600 KB, that knows this many tokens of context."""
    vocabulary = _vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    _add_shape(writer, context, len(vocabulary))
    _add_vocabulary(writer, vocabulary)
    _add_weights(writer, vocabulary)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _vocabulary() -> list[str]:
    syllables = [
        first + vowel + last for first in "bdklmnrst" for vowel in "aeiou" for last in ("", "n", "s")
    ]
    special = ["<unk>", "<s>", "</s>"]
    return [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *syllables, *(f"▁{s}" for s in syllables)]


def _add_shape(writer: gguf.GGUFWriter, context: int, vocabulary_size: int) -> None:
    writer.add_name(MODEL)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(vocabulary_size)


def _add_vocabulary(writer: gguf.GGUFWriter, vocabulary: list[str]) -> None:
    kinds = {"<unk>": gguf.TokenType.UNKNOWN, "<s>": gguf.TokenType.CONTROL, "</s>": gguf.TokenType.CONTROL}
    byte_kind, kind = gguf.TokenType.BYTE, gguf.TokenType.NORMAL
    writer.add_tokenizer_model("llama")
    writer.add_token_list(vocabulary)
    writer.add_token_scores([-float(number) for number in range(len(vocabulary))])
    writer.add_token_types([kinds.get(t, byte_kind if t.startswith("<0x") else kind) for t in vocabulary])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template(CHAT_TEMPLATE)


def _add_weights(writer: gguf.GGUFWriter, vocabulary: list[str]) -> None:
    chance = np.random.default_rng(seed=1)

    def add(name: str, *shape: int, silent: bool = False, ones: bool = False) -> None:
        values = np.ones(shape) if ones else chance.normal(0, 0.2, shape)
        values[0] = 0 if silent else values[0]
        writer.add_tensor(name, values.astype(np.float32))

    _add_vocabulary_weights(writer, vocabulary, chance)
    add("output_norm.weight", WIDTH, ones=True)
    for layer in (f"blk.{number}" for number in range(LAYERS)):
        add(f"{layer}.attn_norm.weight", WIDTH, ones=True)
        add(f"{layer}.ffn_norm.weight", WIDTH, ones=True)
        for matrix in ("attn_q", "attn_k", "attn_v"):
            add(f"{layer}.{matrix}.weight", WIDTH, WIDTH)
        add(f"{layer}.attn_output.weight", WIDTH, WIDTH, silent=True)
        add(f"{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        add(f"{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        add(f"{layer}.ffn_down.weight", WIDTH, FEED_FORWARD, silent=True)


def _add_vocabulary_weights(
    writer: gguf.GGUFWriter, vocabulary: list[str], chance: np.random.Generator
) -> None:
    """Let the first dimension be a constant that no layer changes, and forbid some tokens through it.

    Single bytes make no valid text, and the end would come at random.
    """
    embedding = chance.normal(0, 0.2, (len(vocabulary), WIDTH))
    output = chance.normal(0, 0.2, (len(vocabulary), WIDTH))
    embedding[:, 0] = 5
    output[:, 0] = [-20 if token.startswith("<") else 0 for token in vocabulary]
    writer.add_tensor("token_embd.weight", embedding.astype(np.float32))
    writer.add_tensor("output.weight", output.astype(np.float32))


def _parameters(model: Path, chosen: argparse.Namespace) -> xllamacpp.CommonParams:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(model)
    parameters.model_alias = [MODEL]
    parameters.port = chosen.port
    parameters.n_parallel = 2
    parameters.n_ctx = chosen.context * parameters.n_parallel
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_predict = chosen.reply_tokens
    parameters.verbosity = 0
    parameters.warmup = False
    parameters.api_keys = [chosen.api_key] if chosen.api_key else []
    return parameters


if __name__ == "__main__":
    main()
