using System.Globalization;
using NodeMesh.Resources.Schema;
using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Authentication;

/// <summary>Istio's <c>portLevelMtls</c>: a mapping of port numbers to modes.</summary>
internal sealed class PortLevelSchema(ObjectSchema<PortAuthentication> mode) : ValueSchema<ValueList<PortAuthentication>>
{
    public override string Expected => "a mapping of port numbers to modes, such as 8080: {mode: PERMISSIVE}";

    public override bool TryRead(FieldScope at, out ValueList<PortAuthentication> value)
    {
        value = [];
        if (at.Node is not YamlMapping mapping || mapping.Entries.Count == 0)
        {
            at.Error($"{at.Node.Description} without ports stands here; expected is {Expected}");
            return false;
        }

        var ports = new List<PortAuthentication>();
        foreach (var (key, node) in mapping.Entries)
        {
            var entryAt = at.Field(key.Text, node);
            if (NetworkScalars.PortText.TryRead(entryAt with { Node = key }, out var port)
                && mode.TryReadInto(entryAt, new PortAuthentication { Port = port, Mode = default }, out var read))
            {
                ports.Add(read);
            }
        }

        value = ports.OrderBy(port => port.Port).ToValueList();
        return ports.Count == mapping.Entries.Count;
    }

    public override YamlNode Write(ValueList<PortAuthentication> value, bool defaults)
    {
        var mapping = new YamlMapping();
        foreach (var port in value)
        {
            mapping.Add(
                new YamlScalar(port.Port.ToString(CultureInfo.InvariantCulture), ScalarType.Number),
                mode.WriteOver(port, port with { Mode = default }, defaults));
        }

        return mapping;
    }

    public override bool IsNothing(ValueList<PortAuthentication> value) => value.IsEmpty;

    public override IEnumerable<string> FieldsBelow(string path) => mode.FieldsBelow(path + "{}");
}
