using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Posture.Checks;

/// <summary>
/// What to put beside a Compose file (<c>docker compose -f compose.yaml -f patch.yaml up -d</c>). <c>!reset</c> and
/// <c>!override</c> take away what the first file says; Compose knows them since 2.24.4.
/// </summary>
internal static partial class ComposePatch
{
    /// <param name="service">The service in the Compose file.</param>
    /// <param name="lines">What stands under the service.</param>
    /// <param name="volumes">Volumes that they mount, by Docker's names; Compose may know them by others, so they are said to be there.</param>
    public static string Of(string service, IReadOnlyList<string> lines, IReadOnlyList<string> volumes) =>
        string.Concat(
            ((string[])["services:", $"  {Scalar(service)}:", .. lines.Select(line => $"    {line}")])
                .Concat(volumes.Count > 0 ? ["volumes:"] : [])
                .Concat(volumes.SelectMany(volume => (string[])[$"  {Scalar(volume)}:", "    external: true"]))
                .Select(line => $"{line}\n")
        );

    /// <summary>A text that YAML takes for this text and nothing else.</summary>
    public static string Scalar(string text) =>
        Plain().IsMatch(text) && !Reserved().IsMatch(text) ? text : JsonSerializer.Serialize(text, Readable);

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [GeneratedRegex(@"^[A-Za-z_/][A-Za-z0-9_./=@-]*(:[A-Za-z0-9_./=@-]+)*$")]
    private static partial Regex Plain();

    [GeneratedRegex("^(true|false|yes|no|on|off|null|y|n)$", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}
