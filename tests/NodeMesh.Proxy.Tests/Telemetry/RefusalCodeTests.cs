using NodeMesh.Proxy.Telemetry;

namespace NodeMesh.Proxy.Tests.Telemetry;

public sealed class RefusalCodeTests
{
    [Fact]
    public void Every_code_has_its_own_kebab_case_name_and_says_what_happened_and_what_to_do()
    {
        Assert.Equal(Enum.GetValues<RefusalCode>(), RefusalCodes.All.Select(d => d.Code));
        Assert.Equal(RefusalCodes.All.Count, RefusalCodes.All.Select(d => d.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(RefusalCodes.All, d => Assert.Matches("^[a-z]+(-[a-z]+)*$", d.Name));
        Assert.All(RefusalCodes.All, d => Assert.True(d.Meaning.Length > 10 && d.Remedy.Length > 10, d.Name));
    }

    [Fact]
    public void A_name_leads_back_to_its_code()
    {
        Assert.All(Enum.GetValues<RefusalCode>(), code => Assert.Equal(code, RefusalCodes.Parse(RefusalCodes.Name(code))));
        Assert.Null(RefusalCodes.Parse("no-such-code"));
    }
}
