using NodeMesh.Linux.Systemd;

namespace NodeMesh.Linux.Tests.Systemd;

public sealed class SystemdUnitTests
{
    [Theory]
    [InlineData("/system.slice/nginx.service", "nginx.service", "system.slice", null)]
    [InlineData("/system.slice/nginx.service/worker/2", "nginx.service", "system.slice", null)]
    [InlineData("/system.slice/system-getty.slice/getty@tty1.service", "getty@tty1.service", "system-getty.slice", null)]
    [InlineData("/apps.slice/apps-web.slice/apps-web-eu.slice/shop.service", "shop.service", "apps-web-eu.slice", null)]
    [InlineData("/user.slice/user-1000.slice/session-2.scope", "session-2.scope", "user-1000.slice", null)]
    [InlineData(
        "/user.slice/user-1000.slice/user@1000.service/app.slice/app-term.slice/term.service", "user@1000.service", "user-1000.slice", "term.service")]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service", "user-1000.slice", "init.scope")]
    [InlineData("/init.scope", "init.scope", "-.slice", null)]
    [InlineData("/system.slice/dev-disk\\x2dby.mount", "dev-disk\\x2dby.mount", "system.slice", null)]
    [InlineData("/system.slice/_cpu.service", "cpu.service", "system.slice", null)]
    public void The_unit_is_the_first_that_is_no_slice(string path, string unit, string slice, string? userUnit) =>
        Assert.Equal(new SystemdUnit(unit, slice, userUnit), SystemdUnit.FromCgroupPath(path));

    [Theory]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/system.slice/nginx.service", "user@1000.service")]
    [InlineData("/machine.slice/box.scope/system.slice/nginx.service", "box.scope")]
    [InlineData("/system.slice/docker.service/nginx.service", "docker.service")]
    public void What_a_unit_makes_below_itself_cannot_pass_for_a_system_unit(string path, string unit) =>
        Assert.Equal(unit, SystemdUnit.FromCgroupPath(path)!.Name);

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("/system.slice")]
    [InlineData("/system.slice/")]
    [InlineData("/docker/0123abcd/nginx.service")]
    [InlineData("/kubepods/nginx.service")]
    [InlineData("/.service")]
    [InlineData("/@x.service")]
    [InlineData("/a b.service")]
    [InlineData("/nginx.service (deleted)")]
    public void What_is_not_systemds_has_no_unit(string path) => Assert.Null(SystemdUnit.FromCgroupPath(path));

    [Fact]
    public void An_instance_tells_its_template()
    {
        var unit = SystemdUnit.FromCgroupPath("/system.slice/system-worker.slice/worker@eu\\x2dwest.service")!;

        Assert.Equal("worker@.service", unit.Template);
        Assert.Equal("eu\\x2dwest", unit.Instance);
        Assert.Equal("eu-west", SystemdUnit.Unescape(unit.Instance!));
        Assert.Null(SystemdUnit.FromCgroupPath("/nginx.service")!.Template);
    }

    [Theory]
    [InlineData("caf\\xc3\\xa9", "café")]
    [InlineData("a\\x2", "a\\x2")]
    [InlineData("a\\xzz\\x2d", "a\\xzz-")]
    public void Escapes_are_undone_for_people_and_wrong_ones_left(string escaped, string plain) => Assert.Equal(plain, SystemdUnit.Unescape(escaped));

    [Fact]
    public void Random_paths_never_throw()
    {
        const string alphabet = "/.-_@\\x2dservicelop ";
        var random = new Random(7);
        for (var i = 0; i < 50_000; i++)
        {
            var path = new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            var unit = SystemdUnit.FromCgroupPath(path);
            _ = (unit?.Template, unit?.Instance, SystemdUnit.Unescape(path));
        }
    }
}
