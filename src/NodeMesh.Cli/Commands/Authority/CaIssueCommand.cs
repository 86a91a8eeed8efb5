using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Output;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;
using NodeMesh.Spiffe;
using NodeMesh.Spiffe.Svids;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>Issues identities as files that the daemon reads.</summary>
internal sealed class CaIssueCommand : CtlCommand
{
    private readonly Option<string> _ca = AuthorityOption.Make();
    private readonly Option<string?> _id = new("--id") { Description = "The identity", HelpName = "SPIFFE-ID" };
    private readonly Option<string?> _workload = new("--workload") { Description = "The identity of this workload of --resources", HelpName = "NAMESPACE/NAME" };
    private readonly Option<string?> _node = new("--node") { Description = "The identities of every workload on this node of --resources", HelpName = "NODE" };
    private readonly Option<string?> _resources = new("--resources") { Description = "The resources of the mesh, as the daemon reads them", HelpName = "DIR" };
    private readonly Option<string> _out = new("--out") { Description = "Where NAME.crt and NAME.key are written; the daemon's identities directory", HelpName = "DIR", Required = true };
    private readonly Option<string?> _name = new("--name") { Description = "NAME of the files, for a single identity [namespace.service-account]", HelpName = "NAME" };
    private readonly Option<string?> _owner = new("--owner") { Description = "The user who is to own the files, when it is not you: the daemon's", HelpName = "USER[:GROUP]" };
    private readonly Option<TimeSpan?> _lifetime = Lifetime.Option("--lifetime", "How long they are valid [24h]");

    public CaIssueCommand(CliHost host, GlobalOptions options)
        : base(
            "issue",
            "Issues identities with new keys: one, a workload's, or all of a node. Files of the same names are replaced; a running daemon takes the new ones without cutting connections.",
            "nodemeshctl ca issue --ca ca --id spiffe://example.org/ns/shop/sa/web --out identities",
            "nodemeshctl ca issue --ca ca --workload shop/cart-1 --resources resources --out identities --lifetime 7d",
            "nodemeshctl ca issue --ca ca --node web-1 --resources resources --out /var/lib/nodemesh/identities --owner nodemesh")
    {
        foreach (var option in new Option[] { _ca, _id, _workload, _node, _resources, _out, _name, _owner, _lifetime })
        {
            Add(option);
        }

        Validators.Add(result =>
        {
            var ways = new[] { _id, _workload, _node }.Count(option => result.GetResult(option) is not null);
            if (ways != 1)
            {
                result.AddError("give one of --id, --workload and --node");
            }
            else if (result.GetResult(_id) is null && result.GetResult(_resources) is null)
            {
                result.AddError("--resources is needed: it says which workloads there are, and the trust domain");
            }
            else if (result.GetResult(_node) is not null && result.GetResult(_name) is not null)
            {
                result.AddError("--name is for a single identity, and --node may mean several");
            }
        });
        Runs(host, options, RunAsync);
    }

    private async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = context.Parsed.GetRequiredValue(_ca);
        var authority = AuthorityOption.Open(path, context.Host.Time);
        var output = context.Parsed.GetRequiredValue(_out);
        var requests = Requests(context, authority.TrustDomain);
        foreach (var request in requests)
        {
            RefuseOthersFile(output, request);
        }

        var issued = new JsonArray();
        foreach (var request in requests)
        {
            var svid = AuthorityOption.Guard(path, () => authority.Issue(request.Id, output, request.FileName, context.Parsed.GetValue(_lifetime)));
            await GiveAwayAsync(context, output, request, cancellationToken);
            issued.Add((JsonNode)new JsonObject
            {
                ["spiffeId"] = svid.Id.ToString(),
                ["certificate"] = Path.Combine(output, request.FileName + ".crt"),
                ["key"] = Path.Combine(output, request.FileName + ".key"),
                ["notAfter"] = svid.NotAfter.ToString("O"),
            });
            if (!context.IsStructured)
            {
                context.WriteLine($"{svid.Id}: {Path.Combine(output, request.FileName)}.crt and .key, until {Humane.Time(svid.NotAfter)}");
            }
        }

        if (context.IsStructured)
        {
            context.Write(new JsonObject { ["issued"] = issued });
        }

        return ExitCode.Success;
    }

    private IdentityRequest[] Requests(CommandContext context, TrustDomain trustDomain)
    {
        if (context.Parsed.GetValue(_id) is { } text)
        {
            return SpiffeId.TryParse(text, out var id, out var error)
                ? [Rename(context, IdentityRequest.Named(id))]
                : throw new CliException($"--id {text}: {error}", "an identity is written spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT");
        }

        var directory = context.Parsed.GetValue(_resources)!;
        var set = Load(context, directory);
        if (set.Mesh.TrustDomain != trustDomain)
        {
            throw new CliException(
                $"the MeshConfig in {directory} says trust domain {set.Mesh.TrustDomain}, but the authority is of {trustDomain}", "use the authority of that mesh, or correct the MeshConfig");
        }

        if (context.Parsed.GetValue(_workload) is { } qualified)
        {
            var slash = qualified.IndexOf('/', StringComparison.Ordinal);
            var workload = set.FindWorkload(slash < 0 ? ResourceMetadata.DefaultNamespace : qualified[..slash], qualified[(slash + 1)..])
                ?? throw new CliException($"there is no Workload {qualified} in {directory}", "--workload is NAMESPACE/NAME");
            return [Rename(context, IdentityRequest.Named(workload.SpiffeIdIn(trustDomain)))];
        }

        var node = context.Parsed.GetValue(_node)!;
        if (set.FindNode(node) is null)
        {
            throw new CliException($"there is no Node {node} in {directory}", $"there are {string.Join(", ", set.Nodes.AsEnumerable().Select(n => n.Name))}");
        }

        var requests = set.WorkloadsOn(node).AsEnumerable().Select(workload => IdentityRequest.Named(workload.SpiffeIdIn(trustDomain))).Distinct().ToArray();
        return requests.Length > 0 ? requests : throw new CliException($"no Workload in {directory} is on node {node}");
    }

    private IdentityRequest Rename(CommandContext context, IdentityRequest request) =>
        context.Parsed.GetValue(_name) is { } name ? request with { FileName = name } : request;

    private static ResourceSet Load(CommandContext context, string directory)
    {
        var load = ResourceDirectory.Load(directory);
        if (load.Set is not null)
        {
            return load.Set;
        }

        foreach (var issue in load.Errors)
        {
            context.Host.Error.Write(Printable.Of(issue.ToString()) + "\n");
        }

        throw new CliException($"the resources in {directory} are wrong, so who is who is not certain; nothing was issued", $"nodemeshctl validate {directory}");
    }

    /// <summary>A file that holds somebody else's identity is a mistake in the name, not an old certificate.</summary>
    private static void RefuseOthersFile(string output, IdentityRequest request)
    {
        var certificate = Path.Combine(output, request.FileName + ".crt");
        var key = Path.Combine(output, request.FileName + ".key");
        if (!File.Exists(certificate) || !File.Exists(key))
        {
            return;
        }

        try
        {
            if (X509Svid.Load(certificate, key).Id is var present && present != request.Id)
            {
                throw new CliException($"{certificate} is the identity {present}; it is not overwritten with {request.Id}", "choose other files with --name");
            }
        }
        catch (Exception e) when (e is X509SvidException or IOException or UnauthorizedAccessException)
        {
            // What cannot be read as an identity is a broken one, and replacing it is why the operator is here.
        }
    }

    private async Task GiveAwayAsync(CommandContext context, string output, IdentityRequest request, CancellationToken cancellationToken)
    {
        if (context.Parsed.GetValue(_owner) is not { } owner)
        {
            return;
        }

        string[] arguments = ["--", owner, Path.Combine(output, request.FileName + ".crt"), Path.Combine(output, request.FileName + ".key")];
        var run = await context.Host.Machine.RunAsync("chown", arguments, cancellationToken)
            ?? throw new CliException("there is no program chown on this machine");
        if (run.ExitCode != 0)
        {
            throw new CliException($"the files are issued, but could not be given to {owner}: {run.Error.Trim()}", "run as root, or chown them by hand");
        }
    }
}
