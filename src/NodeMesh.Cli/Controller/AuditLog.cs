namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/audit</c>: newest first.</summary>
internal sealed record AuditLog
{
    public IReadOnlyList<Entry> Entries { get; set; } = [];

    /// <summary>Below which number it goes on; null after the last.</summary>
    public long? Next { get; set; }

    internal sealed record Entry
    {
        public DateTimeOffset At { get; set; }

        public string Who { get; set; } = "";

        public string What { get; set; } = "";

        public string Subject { get; set; } = "";

        public bool Allowed { get; set; }

        public string Detail { get; set; } = "";
    }
}
