using System.Globalization;

namespace NodeMesh.ControllerScale;

/// <summary>What is measured.</summary>
internal sealed record ScaleOptions
{
    public const string Help = """
        Usage: controller-scale --controller PROGRAM [--nodes 1000] [--services 2000] [--endpoints 10] [--changes 50] [--growth 200,1000,5000]

          --controller PROGRAM  nodemesh-controller
          --nodes N             simulated nodes, each with a certificate and a stream of its own
          --services N          services of the mesh
          --endpoints N         workloads behind each
          --changes N           changes of one endpoint, one after the other
          --growth N,...        numbers of services at which the cost of one change is measured; 0 for none
        """;

    public string Controller { get; init; } = "";

    public int Nodes { get; init; } = 1_000;

    public int Services { get; init; } = 2_000;

    public int Endpoints { get; init; } = 10;

    public int Changes { get; init; } = 50;

    public IReadOnlyList<int> Growth { get; init; } = [200, 1_000, 5_000];

    public static ScaleOptions? TryParse(IReadOnlyList<string> arguments, out string problem)
    {
        var options = new ScaleOptions();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count)
            {
                problem = $"{arguments[i]} needs a value";
                return null;
            }

            var (name, value) = (arguments[i], arguments[i + 1]);
            int[] numbers = [.. value.Split(',').Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1)];
            if (name is not "--controller" && numbers.Contains(-1))
            {
                problem = $"{name}: \"{value}\" is no number";
                return null;
            }

            switch (name)
            {
                case "--controller":
                    options = options with { Controller = value };
                    break;
                case "--nodes":
                    options = options with { Nodes = numbers[0] };
                    break;
                case "--services":
                    options = options with { Services = numbers[0] };
                    break;
                case "--endpoints":
                    options = options with { Endpoints = numbers[0] };
                    break;
                case "--changes":
                    options = options with { Changes = numbers[0] };
                    break;
                case "--growth":
                    options = options with { Growth = [.. numbers.Where(number => number > 0)] };
                    break;
                default:
                    problem = $"{name} is no option";
                    return null;
            }
        }

        problem = options.Controller.Length == 0 ? "--controller is missing" : "";
        return problem.Length == 0 ? options : null;
    }
}
