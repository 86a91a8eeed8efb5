namespace NodeMesh.Resources.Loading;

/// <summary>
/// Collects the issues of one load, bounded: an operator reads a hundred errors, not a million. Lives as long as the load, on one thread.
/// </summary>
internal sealed class IssueCollector
{
    public const int MaxOfEach = 100;

    private readonly List<ResourceIssue> _issues = [];
    private int _warnings;

    public int Errors { get; private set; }

    public bool HasErrors => Errors > 0;

    /// <summary>True when further errors would not be kept; reading on is of no use.</summary>
    public bool IsFull => Errors >= MaxOfEach;

    /// <summary>The issues, errors first, else in the order they were found; with a last line when some were not kept.</summary>
    public ValueList<ResourceIssue> ToList()
    {
        if (_issues.Count == 0)
        {
            return [];
        }

        var issues = _issues.OrderByDescending(issue => issue.Severity);
        return Errors > MaxOfEach ? issues.Append(TooMany()).ToValueList() : issues.ToValueList();
    }

    public void Add(ResourceIssue issue)
    {
        var count = issue.Severity == IssueSeverity.Error ? ++Errors : ++_warnings;
        if (count <= MaxOfEach)
        {
            _issues.Add(issue);
        }
    }

    private ResourceIssue TooMany() => new()
    {
        Severity = IssueSeverity.Error,
        Location = _issues[^1].Location with { Line = 0, Column = 0 },
        Message = $"there are more errors; the first {MaxOfEach} are shown",
    };
}
