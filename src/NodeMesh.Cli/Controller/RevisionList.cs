namespace NodeMesh.Cli.Controller;

/// <summary>The answer of <c>GET /v1/revisions</c>: newest first.</summary>
internal sealed record RevisionList
{
    public IReadOnlyList<Revision> Revisions { get; set; } = [];

    /// <summary>Below which number it goes on; null after the last.</summary>
    public long? Next { get; set; }

    internal sealed record Revision
    {
        public long Number { get; set; }

        public DateTimeOffset At { get; set; }

        public string Author { get; set; } = "";

        public string Reason { get; set; } = "";

        public int Changes { get; set; }
    }
}
