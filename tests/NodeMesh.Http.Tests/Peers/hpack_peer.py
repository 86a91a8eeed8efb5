"""Answers lines on stdin with python3-hpack.

encode NAME:VALUE ...   fields in hex; gives the block in hex
decode BLOCK            in hex; gives the fields as NAME:VALUE in hex
resize N                the encoder's table from now on
allow N                 the decoder's greatest table from now on
"""
import sys

try:
    import hpack
except ImportError:
    sys.exit("python3-hpack is missing: apt-get install python3-h2")

encoder = hpack.Encoder()
decoder = hpack.Decoder(max_header_list_size=1 << 20)
print("ready", flush=True)
for line in sys.stdin:
    command, *words = line.split()
    if command == "encode":
        fields = [tuple(bytes.fromhex(part) for part in word.split(":")) for word in words]
        fields = [
            hpack.NeverIndexedHeaderTuple(*field) if field[0].startswith(b"secret") else field for field in fields
        ]
        print(encoder.encode(fields, huffman=len(words) % 2 == 0).hex(), flush=True)
    elif command == "decode":
        fields = decoder.decode(bytes.fromhex(words[0] if words else ""), raw=True)
        print(" ".join(f"{name.hex()}:{value.hex()}" for name, value in fields), flush=True)
    elif command == "resize":
        encoder.header_table_size = int(words[0])
        print("ok", flush=True)
    elif command == "allow":
        decoder.max_allowed_table_size = int(words[0])
        print("ok", flush=True)
