namespace NodeMesh.Cli.Api;

/// <summary>Who answers requests, in the words that errors need. Immutable.</summary>
/// <param name="Program">The program that is expected to answer: <c>nodemeshd</c>.</param>
/// <param name="Role">What it is: <c>daemon</c>.</param>
/// <param name="Address">Where it is asked, as the operator writes it.</param>
/// <param name="Option">What names another address on the command line: <c>--socket</c>.</param>
/// <param name="Forbidden">What to do where this user is not let in.</param>
internal sealed record ApiPeer(string Program, string Role, string Address, string Option, string Forbidden);
