namespace NodeMesh.Cli.Checks;

/// <summary>Collects the outcomes of one group of checks. Used by one run, on one thread.</summary>
internal abstract class CheckGroup(string name)
{
    private readonly List<CheckOutcome> _outcomes = [];

    public IReadOnlyList<CheckOutcome> Outcomes => _outcomes;

    /// <summary>Looks, and fills <see cref="Outcomes"/>.</summary>
    public abstract Task RunAsync(CancellationToken cancellationToken);

    protected void Passed(string text) => _outcomes.Add(new CheckOutcome(name, CheckResult.Passed, text));

    protected void Skipped(string text) => _outcomes.Add(new CheckOutcome(name, CheckResult.Skipped, text));

    protected void Warning(string text, string hint) => _outcomes.Add(new CheckOutcome(name, CheckResult.Warning, text, hint));

    protected void Failed(string text, string? hint) => _outcomes.Add(new CheckOutcome(name, CheckResult.Failed, text, hint));
}
