"""One authority for all: its P-256 certificates have the same root, intermediate, key type and life, and all verify each other."""
import subprocess

from machines import Failure

EXTENSIONS = """basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = URI:spiffe://bench.example/ns/default/sa/{node}, DNS:{node}.bench.example
"""


class Authority:
    """Of the mesh. What it gives the peers names the machine in DNS besides, since nginx and nghttpx verify no other name."""

    def __init__(self, bench):
        self._bench = bench
        self.directory = bench.scratch / "ca"
        bench.nodemeshctl("ca", "init", self.directory, "--trust-domain", "bench.example")
        bench.nodemeshctl("ca", "bundle", "--ca", self.directory, "--out", bench.scratch / "bundles")
        self._workloads = None
        for node in bench.nodes:
            bench.copy(bench.scratch / "bundles", node, "/var/lib/nodemesh/bundles")
            self._issue_to_peers(node)

    def issue_to_mesh(self, resources, workloads):
        """Identities of all workloads in the resources; those of as many workloads as last time are there already."""
        if workloads == self._workloads:
            return
        self._workloads = workloads
        for node in self._bench.nodes:
            identities = self._bench.scratch / f"identities-{node.name}"
            self._bench.nodemeshctl("ca", "issue", "--ca", self.directory, "--node", node.name, "--resources", resources, "--out", identities)
            self._bench.copy(identities, node, "/var/lib/nodemesh/identities")

    def _issue_to_peers(self, node):
        def openssl(*arguments):
            done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, cwd=scratch, check=False)
            if done.returncode != 0:
                raise Failure(f"openssl {arguments[0]}: {done.stderr}")

        scratch, ca = self._bench.scratch, self.directory
        (scratch / "extensions").write_text(EXTENSIONS.format(node=node.name))
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "peer.key")
        openssl("req", "-new", "-sha256", "-key", "peer.key", "-subj", f"/CN={node.name}", "-out", "peer.csr")
        openssl("x509", "-req", "-sha256", "-in", "peer.csr", "-CA", ca / "issuing.crt", "-CAkey", ca / "issuing.key", "-CAcreateserial",
                "-days", "1", "-extfile", "extensions", "-out", "peer.crt")
        chain = (scratch / "peer.crt").read_text() + (ca / "issuing.crt").read_text()
        key = (scratch / "peer.key").read_text()
        node.write("/run/peer/peer.crt", chain)
        node.write("/run/peer/peer.key", key)
        node.write("/run/peer/peer.pem", chain + key)
        node.write("/run/peer/ca.crt", (ca / "root.crt").read_text())
