namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>What this host's owner lets be scanned, and by what.</summary>
/// <param name="Program">Path or name of the program.</param>
/// <param name="Family"><c>trivy</c> or <c>grype</c>.</param>
/// <param name="Arguments">Further ones, as the owner wrote them.</param>
/// <param name="Kinds"><c>vulnerability</c>, or that and <c>secret</c>.</param>
/// <param name="Every">What was scanned is scanned again after so long.</param>
/// <param name="Within">A scan that takes longer is ended.</param>
/// <param name="Docker">Where the engine listens, told to the scanner.</param>
/// <param name="Policy">The host's policy file, when it has one.</param>
internal sealed record ScannerSettings(
    string Program,
    string Family,
    IReadOnlyList<string> Arguments,
    string Kinds,
    TimeSpan Every,
    TimeSpan Within,
    string Docker,
    string? Policy
)
{
    public const string Trivy = "trivy";
    public const string Grype = "grype";

    private const string Vulnerabilities = "vulnerability";
    private const string Secrets = "secret";

    /// <exception cref="FormatException">It is neither program that is known, or what it is to look for is nothing it can.</exception>
    public static ScannerSettings Parse(
        string program,
        string? arguments,
        string scanFor,
        int everyHours,
        int minutes,
        string docker,
        string? policy
    )
    {
        var name = Path.GetFileNameWithoutExtension(program.Trim()).ToLowerInvariant();
        if (name is not (Trivy or Grype))
        {
            throw new FormatException(
                $"\"{program}\" is no scanner that is known here: name trivy or grype, or its path"
            );
        }
        var kinds = scanFor.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (kinds is not ([Vulnerabilities] or [Vulnerabilities, Secrets]) || (name == Grype && kinds.Length > 1))
        {
            throw new FormatException(
                $"\"{scanFor}\" can't be looked for: {Vulnerabilities}, or {Vulnerabilities},{Secrets} with trivy"
            );
        }
        return new ScannerSettings(
            program.Trim(),
            name,
            (arguments ?? "").Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            string.Join(',', kinds),
            TimeSpan.FromHours(everyHours),
            TimeSpan.FromMinutes(minutes),
            docker,
            string.IsNullOrEmpty(policy) ? null : policy
        );
    }

    /// <summary>Of a scan of an image of this host. The image comes last and is an id, so that it is never read as an option.</summary>
    public IReadOnlyList<string> ForImage(string imageId) =>
        Family == Trivy
            ? ["image", "--image-src", "docker", .. TrivyAlways, .. Arguments, imageId]
            : ["-o", "json", .. Arguments, $"docker:{imageId}"];

    /// <summary>Of a match of a list of parts in a file.</summary>
    public IReadOnlyList<string> ForParts(string file) =>
        Family == Trivy
            ? ["sbom", "--format", "json", "--scanners", "vuln", .. Arguments, file]
            : ["-o", "json", .. Arguments, $"sbom:{file}"];

    public IReadOnlyList<string> ForVersion =>
        Family == Trivy ? ["version", "--format", "json"] : ["version", "-o", "json"];

    /// <summary>Asks how old its advisories are; null where the version says it.</summary>
    public IReadOnlyList<string>? ForDatabase => Family == Trivy ? null : ["db", "status", "-o", "json"];

    private IEnumerable<string> TrivyAlways =>
        [
            "--format",
            "json",
            "--no-progress",
            "--scanners",
            Kinds.Contains(Secrets, StringComparison.Ordinal) ? "vuln,secret" : "vuln",
        ];
}
