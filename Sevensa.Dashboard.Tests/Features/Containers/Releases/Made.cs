using Sevensa.Dashboard.Features.Containers.Releases;

namespace Sevensa.Dashboard.Tests.Features.Containers.Releases;

internal static class Made
{
    private static readonly IReadOnlyDictionary<string, string> Nothing = new Dictionary<string, string>();

    public static Release Release(
        string tag,
        DateTimeOffset at,
        string service = "api",
        string tenant = "rentguy",
        string host = "vps-1"
    ) =>
        new(
            Guid.CreateVersion7(at).ToString("n"),
            tenant,
            service,
            $"id-of-{host}",
            host,
            at,
            $"sevensa/{tenant}-{service}:{tag}",
            $"sevensa/{tenant}-{service}@sha256:{Hex(tag)}",
            $"sha256:{Hex("image " + tag)}",
            Hex("config " + tag),
            1,
            [$"{tenant}_default"],
            [],
            [],
            Nothing,
            Nothing,
            "Olivier Operator",
            "action",
            null,
            null,
            Migrates: false,
            Recorded: true
        );

    public static string Hex(string text) =>
        Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text))
        );
}
