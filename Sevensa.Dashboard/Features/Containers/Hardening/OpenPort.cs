namespace Sevensa.Dashboard.Features.Containers.Hardening;

/// <summary>A port that a container asks for on all addresses of its host.</summary>
/// <param name="Inside"><c>80/tcp</c></param>
/// <param name="Words">Its number on the host, or that Docker chooses one.</param>
internal sealed record OpenPort(string Inside, string Words)
{
    /// <summary>Of bindings such as <c>8080:80/tcp</c>, <c>0.0.0.0:8080:80/tcp</c>, <c>[::]:8080:80/tcp</c> or <c>:80/tcp</c>.</summary>
    public static IReadOnlyList<OpenPort> Of(ContainerSettings settings) =>
        [
            .. settings
                .PortBindings.Select(binding =>
                {
                    var (asked, inside) = Cut(binding);
                    var (address, port) = Cut(asked);
                    return (Address: address, Port: port, Inside: inside);
                })
                .Where(one => HardenWords.IsEverywhere(one.Address))
                .Select(one => new OpenPort(one.Inside, one.Port.Length > 0 ? one.Port : "a port that Docker chooses"))
                .Distinct(),
        ];

    public PlanChange BoundTo(string address, string container) =>
        new($"address of port {Inside} of {container}", $"{Words} on all addresses", $"{Words} on {address} alone");

    private static (string Before, string After) Cut(string text) =>
        text.LastIndexOf(':') is >= 0 and var end ? (text[..end], text[(end + 1)..]) : ("", text);
}
