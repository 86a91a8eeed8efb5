using System.Net;
using Microsoft.Extensions.Logging;
using NodeMesh.Resources.Loading;
using NodeMesh.Resources.Schema;
using NodeMesh.Spiffe;

namespace NodeMesh.Controller.Options;

/// <summary>Declares the fields of nodemesh-controller.yaml, with the schemas that resources are declared with.</summary>
internal static class ControllerOptionsSchema
{
    private const int MaxOperators = 1000;

    private static readonly ScalarSchema<IPEndPoint> Address = new(
        ScalarForm.Text, "an IP address and port in quotes, such as \"0.0.0.0:15010\" or \"[::]:15010\"", TryParseAddress, address => address.ToString());

    private static readonly ScalarSchema<SpiffeId> Id = new(
        ScalarForm.Text, "a SPIFFE ID such as spiffe://example.org/ns/ops/sa/alice", TryParseId, id => id.ToString());

    private static readonly ScalarSchema<CertificateFingerprint> Fingerprint = new(
        ScalarForm.Text, CertificateFingerprint.Expected, CertificateFingerprint.TryParse, fingerprint => fingerprint.ToString());

    private static readonly ScalarSchema<OperatorRole> Role = Choice.Of(
        ("viewer", OperatorRole.Viewer), ("operator", OperatorRole.Operator), ("admin", OperatorRole.Admin));

    private static readonly ScalarSchema<LogLevel> Level = Choice.Of(
        ("trace", LogLevel.Trace),
        ("debug", LogLevel.Debug),
        ("information", LogLevel.Information),
        ("warning", LogLevel.Warning),
        ("error", LogLevel.Error),
        ("critical", LogLevel.Critical));

    private static readonly ScalarSchema<TimeSpan> Lease = Scalars.DurationWithin(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));

    private static readonly ScalarSchema<int> History = Scalars.Number("a count of revisions", 100, 10_000_000, number => (int)number, count => count);

    private static readonly ObjectSchema<OperatorGrant> Grant = new(
        "an operator",
        () => new OperatorGrant(null, OperatorRole.Viewer),
        [
            Fields.Optional("id", Id, (OperatorGrant g) => g.Id, (g, v) => g with { Id = v }),
            Fields.Optional("certificate", Fingerprint, (OperatorGrant g) => g.Certificate, (g, v) => g with { Certificate = v }),
            Fields.Required("role", Role, (OperatorGrant g) => g.Role, (g, v) => g with { Role = v }),
        ],
        check: CheckGrant);

    private static readonly ObjectSchema<AuthorityPaths> Authority = new("an authority in files", () => new AuthorityPaths("", "", ""),
    [
        Fields.Required("certificate", Scalars.AbsolutePath, (AuthorityPaths a) => a.Certificate, (a, v) => a with { Certificate = v }),
        Fields.Required("key", Scalars.AbsolutePath, (AuthorityPaths a) => a.Key, (a, v) => a with { Key = v }),
        Fields.Required("roots", Scalars.AbsolutePath, (AuthorityPaths a) => a.Roots, (a, v) => a with { Roots = v }),
    ]);

    private static readonly ObjectSchema<ControllerOptions> Api = new("the API's settings", Empty,
    [
        Fields.Optional("socket", Scalars.AbsolutePath, (ControllerOptions o) => o.Socket, (o, v) => o with { Socket = v }),
    ]);

    private static readonly ObjectSchema<ControllerOptions> Metrics = new("the metrics settings", Empty,
    [
        Fields.Optional(
            "listen", new ListSchema<IPEndPoint>(Address, atMost: 16, distinct: true), (ControllerOptions o) => o.Metrics, (o, v) => o with { Metrics = v }),
    ]);

    private static readonly ObjectSchema<ControllerOptions> Log = new("the log settings", Empty,
    [
        Fields.Optional("level", Level, (ControllerOptions o) => o.LogLevel, (o, v) => o with { LogLevel = v }),
    ]);

    public static ObjectSchema<ControllerOptions> Schema { get; } = new(
        "nodemesh-controller.yaml",
        Empty,
        [
            Fields.Required("trustDomain", Scalars.TrustDomain, (ControllerOptions o) => o.TrustDomain, (o, v) => o with { TrustDomain = v }),
            Fields.Optional("data", Scalars.AbsolutePath, (ControllerOptions o) => o.Data, (o, v) => o with { Data = v }),
            Fields.Optional(
                "listen", new ListSchema<IPEndPoint>(Address, atMost: 16, distinct: true, mayBeEmpty: true), (ControllerOptions o) => o.Listen, (o, v) => o with { Listen = v }),
            Fields.OptionalGroup("api", Api),
            Fields.Optional(
                "operators", new ListSchema<OperatorGrant>(Grant, atMost: MaxOperators), (ControllerOptions o) => o.Operators, (o, v) => o with { Operators = v }),
            Fields.Optional("authority", Authority, (ControllerOptions o) => o.Authority, (o, v) => o with { Authority = v }),
            Fields.OptionalGroup("metrics", Metrics),
            Fields.Optional("nodeLease", Lease, (ControllerOptions o) => o.NodeLease, (o, v) => o with { NodeLease = v }),
            Fields.Optional("history", History, (ControllerOptions o) => o.History, (o, v) => o with { History = v }),
            Fields.OptionalGroup("log", Log),
        ],
        check: CheckOperators);

    /// <exception cref="SettingsException">The file cannot be read, or something in it is wrong.</exception>
    public static ControllerOptions Load(string path) => SettingsFile.Load(path, Schema, null);

    private static void CheckGrant(OperatorGrant grant, FieldScope at)
    {
        if (grant.Id is null && grant.Certificate is null)
        {
            at.Error($"it is not said who is meant; give id, {Id.Expected}, or certificate, {CertificateFingerprint.Expected}");
        }
        else if (grant.Id is not null && grant.Certificate is not null)
        {
            at.Error("id", "id and certificate are both given; give one of them, and each an entry of its own where both are meant");
        }
    }

    private static void CheckOperators(ControllerOptions options, FieldScope at)
    {
        var known = new HashSet<OperatorGrant>();
        for (var i = 0; i < options.Operators.Count; i++)
        {
            // Whatever the role: which of two would count is nothing to guess.
            var grant = options.Operators[i];
            if (!known.Add(grant with { Role = OperatorRole.Viewer }))
            {
                at.Error($"operators[{i}]", $"{grant} stands in the list already; give it one role");
            }
        }
    }

    private static ControllerOptions Empty() => new() { TrustDomain = null! };

    private static bool TryParseAddress(string text, out IPEndPoint value, out string? problem)
    {
        problem = null;
        return IPEndPoint.TryParse(text, out value!) && text.Contains(':', StringComparison.Ordinal) && value.Port > 0;
    }

    private static bool TryParseId(string text, out SpiffeId value, out string? problem) => SpiffeId.TryParse(text, out value!, out problem);
}
