using System.CommandLine;
using System.Text.Json.Nodes;
using NodeMesh.Cli.Output;
using NodeMesh.Resources;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Mesh;

namespace NodeMesh.Cli.Commands;

/// <summary>Checks resource files as the daemon would, without a daemon.</summary>
internal sealed class ValidateCommand : CtlCommand
{
    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Files or directories of resources; - reads standard input",
        Arity = ArgumentArity.OneOrMore,
    };

    public ValidateCommand(CliHost host, GlobalOptions options)
        : base(
            "validate",
            "Checks resource files as the daemon would. Directories, and files with a MeshConfig among them, are checked as a whole mesh; other files each by itself. Exits 1 when there is an error.",
            "nodemeshctl validate /etc/nodemesh/resources",
            "nodemeshctl validate cart.yaml web.yaml                   # each resource by itself",
            "kubectl kustomize overlays/prod | nodemeshctl validate -",
            "nodemeshctl validate -o json resources/                   # the errors for a program")
    {
        Add(_paths);
        Runs(host, options, (context, _) => Task.FromResult(Run(context, context.Parsed.GetRequiredValue(_paths))));
    }

    private static int Run(CommandContext context, string[] paths)
    {
        var (resources, issues, whole) = Check(ResourceFiles.Read(context, paths), paths);
        var errors = issues.AsEnumerable().Count(issue => issue.Severity == IssueSeverity.Error);
        if (context.IsStructured)
        {
            context.Write(Report(errors == 0, resources, issues));
        }
        else
        {
            WriteIssues(context, issues);
            if (errors == 0 && resources == 0)
            {
                context.WriteLine($"warning: there is no resource in {string.Join(", ", paths)}: nothing but empty documents and comments");
            }
            else if (errors == 0)
            {
                var scope = whole ? "as a whole mesh" : "each by itself: whether what they name exists was not asked";
                context.WriteLine($"{Humane.Count(resources, "resource is", "resources are")} valid ({scope})");
            }
        }

        return errors == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private static (int Resources, ValueList<ResourceIssue> Issues, bool Whole) Check(List<ResourceFile> files, string[] paths)
    {
        var parse = ResourceLoader.Parse(files);
        if (!paths.Any(Directory.Exists) && !parse.Resources.AsEnumerable().Any(resource => resource is MeshConfig))
        {
            return (parse.Resources.Count, parse.Issues, false);
        }

        var load = ResourceLoader.Load(files);
        return (parse.Resources.Count, load.Issues, true);
    }

    private static void WriteIssues(CommandContext context, ValueList<ResourceIssue> issues)
    {
        foreach (var issue in issues)
        {
            context.WriteLine(Printable.Of(issue.ToString()));
        }
    }

    private static JsonObject Report(bool valid, int resources, ValueList<ResourceIssue> issues)
    {
        var list = new JsonArray();
        foreach (var issue in issues)
        {
            var item = new JsonObject
            {
                ["severity"] = issue.Severity == IssueSeverity.Error ? "error" : "warning",
                ["file"] = issue.Location.File,
            };
            if (issue.Location.Line > 0)
            {
                item["line"] = issue.Location.Line;
                item["column"] = issue.Location.Column;
            }

            if (issue.Resource is { } key)
            {
                item["resource"] = key.ToString();
            }

            if (issue.FieldPath.Length > 0)
            {
                item["field"] = issue.FieldPath;
            }

            item["message"] = issue.Message;
            list.Add((JsonNode)item);
        }

        return new JsonObject { ["valid"] = valid, ["resources"] = resources, ["issues"] = list };
    }
}
