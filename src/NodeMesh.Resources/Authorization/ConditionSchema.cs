using System.Globalization;
using System.Net;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Authorization;

/// <summary>The <c>when</c> entries of a rule; how their values are read depends on the key.</summary>
internal static class ConditionSchema
{
    private static readonly ListSchema<string> Texts = new(
        new ScalarSchema<string>(ScalarForm.TextOrNumber, "text", TryParseText, text => text), atMost: 1024);

    private static readonly ObjectSchema<ConditionText> File = new(
        "a condition",
        () => new ConditionText { Key = new ConditionKey(default, []) },
        [
            Fields.Required("key", ConditionKeyText.Schema, (ConditionText c) => c.Key, (c, v) => c with { Key = v }),
            Fields.Optional("values", Texts, (ConditionText c) => c.Values, (c, v) => c with { Values = v }),
            Fields.Optional("notValues", Texts, (ConditionText c) => c.NotValues, (c, v) => c with { NotValues = v }),
        ],
        check: CheckValuesAreGiven);

    public static MappedSchema<ConditionText, AuthorizationCondition> Schema { get; } = new(File, TryMap, Back);

    private static void CheckValuesAreGiven(ConditionText condition, FieldScope at)
    {
        if (condition is { Values.IsEmpty: true, NotValues.IsEmpty: true })
        {
            at.Error("the condition compares with nothing; give values or notValues");
        }
    }

    private static bool TryMap(ConditionText from, FieldScope at, out AuthorizationCondition to)
    {
        to = new AuthorizationCondition { Key = from.Key };
        var errors = at.Document.Errors;
        to = from.Key.Attribute switch
        {
            ConditionAttribute.SourceIp or ConditionAttribute.RemoteIp or ConditionAttribute.DestinationIp => to with
            {
                Networks = ReadAll(NetworkScalars.Network, "values", at),
                NotNetworks = ReadAll(NetworkScalars.Network, "notValues", at),
            },
            ConditionAttribute.DestinationPort => to with
            {
                Ports = ReadAll(NetworkScalars.PortText, "values", at),
                NotPorts = ReadAll(NetworkScalars.PortText, "notValues", at),
            },
            var attribute => to with
            {
                Values = ReadAll(PatternOf(attribute), "values", at),
                NotValues = ReadAll(PatternOf(attribute), "notValues", at),
            },
        };
        return at.Document.Errors == errors;
    }

    private static ScalarSchema<StringPattern> PatternOf(ConditionAttribute attribute) => attribute switch
    {
        ConditionAttribute.SourcePrincipal => PatternSchema.Principal,
        ConditionAttribute.SourceNamespace => PatternSchema.Namespace,
        ConditionAttribute.SourceServiceAccount => PatternSchema.QualifiedServiceAccount,
        ConditionAttribute.SourceTrustDomain => PatternSchema.TrustDomain,
        _ => PatternSchema.Any,
    };

    private static ValueList<T> ReadAll<T>(ScalarSchema<T> schema, string field, FieldScope at)
    {
        if (((YamlMapping)at.Node).Find(field) is not YamlSequence { Items: var items } list)
        {
            return [];
        }

        var listAt = at.Field(field, list);
        var values = new List<T>(items.Count);
        for (var i = 0; i < items.Count; i++)
        {
            if (schema.TryRead(listAt.Item(i, items[i]), out var value))
            {
                values.Add(value);
            }
        }

        return values.ToValueList();
    }

    private static ConditionText Back(AuthorizationCondition condition) => new()
    {
        Key = condition.Key,
        Values = TextOf(condition.Values, condition.Networks, condition.Ports),
        NotValues = TextOf(condition.NotValues, condition.NotNetworks, condition.NotPorts),
    };

    private static ValueList<string> TextOf(ValueList<StringPattern> patterns, ValueList<IPNetwork> networks, ValueList<ushort> ports) =>
        patterns.AsEnumerable().Select(pattern => pattern.ToString())
            .Concat(networks.AsEnumerable().Select(NetworkText.Format))
            .Concat(ports.AsEnumerable().Select(port => port.ToString(CultureInfo.InvariantCulture)))
            .ToValueList();

    private static bool TryParseText(string text, out string value, out string? problem)
    {
        (value, problem) = (text, null);
        return true;
    }
}
