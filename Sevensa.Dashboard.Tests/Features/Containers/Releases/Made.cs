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
            Hex($"{service} {tag}"),
            "Olivier Operator",
            ReleaseCauses.Action,
            null,
            null,
            [Container($"{tenant}-{service}-1", $"sevensa/{tenant}-{service}", tag)],
            Recorded: true
        );

    public static ReleaseContainer Container(string name, string repository, string tag) =>
        new(
            name,
            Hex("container " + name + tag),
            "specification-" + Hex(name + tag)[..12],
            $"{repository}:{tag}",
            $"sha256:{Hex("image " + repository + tag)}",
            $"{repository}@sha256:{Hex(tag)}",
            Hex("config " + tag),
            [],
            [],
            [],
            [],
            Nothing,
            Nothing,
            Nothing
        );

    public static string Hex(string text) =>
        Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text))
        );
}
