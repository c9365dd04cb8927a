namespace Sevensa.Dashboard.Features.Secrets.Exposures;

/// <summary>
/// A file beside the Compose file that takes a variable out of a service's environment and gives it the value as a file: for people
/// to look at, keep beside theirs, and start with <c>docker compose -f compose.yaml -f compose.secrets.yaml up -d</c>.
/// </summary>
internal static class ComposePatch
{
    /// <summary>Null where the command that writes the value has none either.</summary>
    /// <param name="service">As Compose names it.</param>
    /// <param name="folder">On the host, where its runner lays secrets down as files.</param>
    public static string? Of(string tenant, string service, string variable, string folder = SecretMounts.Folder)
    {
        if (PutCommand.PathOf(tenant, service, variable) is not { } path)
        {
            return null;
        }
        var name = path[(path.LastIndexOf('/') + 1)..];
        var place = $"/run/secrets/{name}";
        return $"""
            services:
              {service}:
                environment:
                  {variable}: !reset null
                  {variable}_FILE: {place}/{PutCommand.Key}
                labels:
                  sevensa.secret.{name}: {path}
                  sevensa.secret.{name}.on-change: restart
                volumes:
                  - {folder.TrimEnd('/')}/{tenant}/{path}:{place}:ro
            """;
    }

    /// <summary>What the host's runner is told, so that the file is there; null as above.</summary>
    public static string? HandedOf(string tenant, string service, string variable) =>
        PutCommand.PathOf(tenant, service, variable) is { } path ? $"{tenant}/{path}" : null;
}
