using NodeMesh.Proxy.Configuration;
using NodeMesh.Resources.Workloads;
using static NodeMesh.Proxy.Tests.Configuration.TestMesh;

namespace NodeMesh.Proxy.Tests.Configuration;

public sealed class WorkloadMatcherTests
{
    private static readonly string?[] Units = [null, "a.service", "b.service"];
    private static readonly string?[] Cgroups = [null, "/", "/x", "/x/y", "/xy", "/x/y/z"];
    private static readonly string?[] Executables = [null, "/bin/a", "/bin/b"];

    [Fact]
    public void The_more_specific_selector_wins()
    {
        var snapshot = Selectors(
            ("by-user", new() { Uid = 5 }),
            ("by-unit", new() { SystemdUnit = "a.service" }),
            ("by-both", new() { SystemdUnit = "a.service", Uid = 5 }),
            ("by-tree", new() { CgroupPath = "/system.slice" }),
            ("by-leaf", new() { CgroupPath = "/system.slice/a.service/" }));

        Assert.Equal("by-both", Name(snapshot, new(5, "/system.slice/a.service", "a.service")));
        Assert.Equal("by-unit", Name(snapshot, new(6, "/system.slice/a.service", "a.service")));
        Assert.Equal("by-leaf", Name(snapshot, new(6, "/system.slice/a.service/inner", null)));
        Assert.Equal("by-tree", Name(snapshot, new(6, "/system.slice/b.service", "b.service")));
        Assert.Equal("by-user", Name(snapshot, new(5, "/user.slice", null)));
        Assert.Null(Name(snapshot, new(7, "/user.slice", null)));
    }

    [Fact]
    public void A_cgroup_with_the_same_beginning_is_not_below()
    {
        var snapshot = Selectors(("a", new() { CgroupPath = "/system.slice/a" }));

        Assert.Null(Name(snapshot, new(0, "/system.slice/ab", null)));
        Assert.Null(Name(snapshot, new(0, null, null)));
        Assert.Equal("a", Name(snapshot, new(0, "/system.slice/a", null)));
    }

    [Fact]
    public void A_user_name_is_looked_up_on_this_machine()
    {
        var snapshot = Selectors(("a", new() { User = "known" }));

        Assert.Equal("a", Name(snapshot, new(1234, "/", null)));
        Assert.Null(Name(snapshot, new(0, "/", null)));
    }

    [Fact]
    public void The_executable_is_asked_for_only_when_the_answer_hangs_on_it()
    {
        var snapshot = Selectors(("exe", new() { Uid = 5, Executable = "/bin/a" }), ("user", new() { Uid = 5 }));

        Assert.True(snapshot.Match(new ProcessFacts(5, "/", null)).NeedsExecutable);
        Assert.False(snapshot.Match(new ProcessFacts(6, "/", null)).NeedsExecutable);
        Assert.Equal("exe", Name(snapshot, new(5, "/", null, "/bin/a")));
        Assert.Equal("user", Name(snapshot, new(5, "/", null, "/bin/b")));
        Assert.Equal("user", Name(snapshot, new(5, "/", null, string.Empty)));
    }

    [Fact]
    public void Equal_selectors_are_decided_by_name_and_warned_about()
    {
        var snapshot = Selectors(("b", new() { Uid = 1234 }), ("a", new() { User = "known" }));

        Assert.Equal("a", Name(snapshot, new(1234, "/", null)));
        Assert.Contains(snapshot.Warnings, warning => warning.Contains("the same as shop/a's", StringComparison.Ordinal));
    }

    [Fact]
    public void The_matcher_answers_as_trying_every_selector_does()
    {
        var random = new Random(42);
        for (var round = 0; round < 3000; round++)
        {
            (string Name, ProcessSelector Selector)[] selectors = [.. Enumerable.Range(0, random.Next(1, 8)).Select(i => ($"w{i}", Selector(random)))];
            var snapshot = Selectors(selectors);
            for (var i = 0; i < 5; i++)
            {
                var unit = Units[random.Next(Units.Length)];
                var facts = new ProcessFacts((uint)random.Next(3), Cgroups[random.Next(Cgroups.Length)], unit);
                var executable = Executables[random.Next(Executables.Length)] ?? string.Empty;
                var match = snapshot.Match(facts);
                var full = snapshot.Match(facts with { Executable = executable });

                Assert.False(full.NeedsExecutable);
                Assert.Equal(Expected(selectors, facts with { Executable = executable }), full.Workload?.Resource.Name);
                Assert.True(match.NeedsExecutable || match.Workload == full.Workload, "without being asked for, the executable changed the answer");
            }
        }
    }

    private static string? Expected((string Name, ProcessSelector Selector)[] selectors, ProcessFacts facts) => selectors
        .Where(s => s.Selector.Uid is null || s.Selector.Uid == facts.Uid)
        .Where(s => s.Selector.SystemdUnit is null || s.Selector.SystemdUnit == facts.SystemdUnit)
        .Where(s => s.Selector.Executable is null || s.Selector.Executable == facts.Executable)
        .Where(s => s.Selector.CgroupPath is null || (facts.CgroupPath is not null && Ancestors(facts.CgroupPath).Contains(s.Selector.CgroupPath, StringComparer.Ordinal)))
        .OrderByDescending(s => new object?[] { s.Selector.Executable, s.Selector.SystemdUnit, s.Selector.CgroupPath, s.Selector.Uid }.Count(f => f is not null))
        .ThenBy(s => s.Selector.Executable is null)
        .ThenBy(s => s.Selector.SystemdUnit is null)
        .ThenBy(s => s.Selector.CgroupPath is null)
        .ThenByDescending(s => s.Selector.CgroupPath?.Split('/', StringSplitOptions.RemoveEmptyEntries).Length ?? 0)
        .ThenBy(s => s.Name, StringComparer.Ordinal)
        .Select(s => s.Name)
        .FirstOrDefault();

    private static IEnumerable<string> Ancestors(string path)
    {
        yield return "/";
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 1; i <= parts.Length; i++)
        {
            yield return "/" + string.Join('/', parts.Take(i));
        }
    }

    private static ProcessSelector Selector(Random random)
    {
        while (true)
        {
            var selector = new ProcessSelector
            {
                Uid = random.Next(2) == 0 ? null : (uint)random.Next(3),
                SystemdUnit = Units[random.Next(Units.Length)],
                CgroupPath = Cgroups[random.Next(Cgroups.Length)],
                Executable = random.Next(2) == 0 ? null : Executables[random.Next(Executables.Length)],
            };
            if (selector != new ProcessSelector())
            {
                return selector;
            }
        }
    }

    private static MeshSnapshot Selectors(params (string Name, ProcessSelector Selector)[] selectors) =>
        Compile(null, [.. selectors.Select(s => Workload(s.Name, "n1") with { Selector = s.Selector })]);

    private static string? Name(MeshSnapshot snapshot, ProcessFacts facts) => snapshot.Match(facts).Workload?.Resource.Name;
}
