using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NodeMesh.Resources.Schema;

/// <summary>Ports, addresses and ranges.</summary>
internal static class NetworkScalars
{
    public static ScalarSchema<ushort> Port { get; } = Scalars.Number("a port", 1, 65535, number => (ushort)number, port => port);

    /// <summary>A port where Istio's manifests have it in quotes: both are taken.</summary>
    public static ScalarSchema<ushort> PortText { get; } = Scalars.Number(
        "a port", 1, 65535, number => (ushort)number, port => port, ScalarForm.TextOrNumber);

    public static ScalarSchema<string> PortName { get; } = Scalars.Text(
        "a port name: at most 15 lower-case letters, digits and '-', with at least one letter", IsPortName);

    public static ScalarSchema<PortReference> PortReference { get; } = new(
        ScalarForm.TextOrNumber, "a port from 1 to 65535, or a port's name", TryParsePortReference, port => port.ToString());

    public static ScalarSchema<IPAddress> Address { get; } = new(
        ScalarForm.Text, "an IP address, such as 192.0.2.10 or 2001:db8::10", NetworkText.TryParseAddress!, address => address.ToString());

    /// <summary>An address that a connection can be made to.</summary>
    public static ScalarSchema<IPAddress> UnicastAddress { get; } = new(
        ScalarForm.Text, "an IP address, such as 192.0.2.10 or 2001:db8::10", TryParseUnicast, address => address.ToString());

    public static ScalarSchema<IPNetwork> Network { get; } = new(
        ScalarForm.Text, "an IP range such as 10.0.0.0/8 or 2001:db8::/32, or an address", NetworkText.TryParseNetwork, NetworkText.Format);

    private static bool IsPortName(string text) => text.Length is > 0 and <= 15 && DnsText.IsLabel(text) && text.Any(char.IsAsciiLetterLower);

    private static bool TryParsePortReference(string text, out PortReference value, out string? problem)
    {
        problem = null;
        value = default;
        if (IsPortName(text))
        {
            value = new PortReference(text);
            return true;
        }

        var isPort = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && text[0] != '0';
        value = isPort ? new PortReference(number) : default;
        return isPort;
    }

    private static bool TryParseUnicast(string text, out IPAddress value, out string? problem)
    {
        var parsed = NetworkText.TryParseAddress(text, out var address, out problem);
        value = address!;
        if (parsed && (address!.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || IsMulticastOrBroadcast(address)))
        {
            problem = "no connection can be made to this address; give the address of one machine";
            return false;
        }

        return parsed;
    }

    private static bool IsMulticastOrBroadcast(IPAddress address) =>
        address.IsIPv6Multicast
        || address.Equals(IPAddress.Broadcast)
        || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and < 240);
}
