namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/nodes</c>.</summary>
internal sealed record NodeList
{
    public IReadOnlyList<Node> Nodes { get; set; } = [];

    internal sealed record Node
    {
        public string Name { get; set; } = "";

        /// <summary><c>joined</c>, <c>cordoned</c> or <c>evicted</c>.</summary>
        public string State { get; set; } = "";

        public bool IsInMesh => State is "joined" or "cordoned";

        public DateTimeOffset JoinedAt { get; set; }

        public DateTimeOffset CertificateNotAfter { get; set; }

        public bool Connected { get; set; }

        public string? Address { get; set; }

        /// <summary>The last revision that it has put in force, since it connected.</summary>
        public long? Revision { get; set; }

        /// <summary>Why it does not use the newest.</summary>
        public string? Refusal { get; set; }
    }
}
