using System.ComponentModel.DataAnnotations;
using System.Net;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Kubernetes;
using Sevensa.Dashboard.Runner.Scanning;
using Sevensa.Dashboard.Runner.Secrets;
using Sevensa.Dashboard.Runner.Snapshots;

namespace Sevensa.Dashboard.Runner;

/// <summary>Section <c>Runner</c> of the runner role; each also as a command line option.</summary>
public sealed class RunnerOptions : IValidatableObject
{
    /// <summary>Address of the dashboard, <c>https://console.example.org</c>; the hub's path is added when it is missing.</summary>
    [Required(ErrorMessage = "say where the dashboard is, e.g. --hub https://console.example.org")]
    public Uri? Hub { get; set; }

    /// <summary>File that holds the single-use token from the Hosts page; needed at the first start only.</summary>
    public string? EnrolmentTokenFile { get; set; }

    /// <summary>The host's name; its own host name when empty.</summary>
    public string? Name { get; set; }

    /// <summary>Where the Docker Engine listens: <c>unix://</c>, <c>tcp://</c> or <c>http://</c>.</summary>
    [Required]
    public string Docker { get; set; } = "unix:///var/run/docker.sock";

    /// <summary>
    /// A cluster instead of a Docker host: <c>in-cluster</c> in a pod of it, a kubeconfig's path, or the API server's address.
    /// </summary>
    public string? Kubernetes { get; set; }

    /// <summary>Which context of the kubeconfig; its current one when empty.</summary>
    public string? KubernetesContext { get; set; }

    /// <summary>File with the token to sign in with, where <see cref="Kubernetes"/> is an address.</summary>
    public string? KubernetesTokenFile { get; set; }

    /// <summary>File with the certificate authority of that address; the system's when empty.</summary>
    public string? KubernetesAuthorityFile { get; set; }

    /// <summary>Whose the cluster's namespaces are: <c>rentguy=rentguy, rentguy-test=rentguy</c>. Nothing else of it is looked at.</summary>
    public string? Namespaces { get; set; }

    /// <summary>Folder of the host's key, the pinned key and the journal. It must survive restarts.</summary>
    [Required]
    public string State { get; set; } = "/var/lib/sevensa-runner";

    /// <summary>YAML file that narrows what this host allows, whatever the dashboard signs.</summary>
    public string? Policy { get; set; }

    /// <summary>Address of <c>/metrics</c>, or <c>none</c>.</summary>
    [Required]
    public string Metrics { get; set; } = "127.0.0.1:9464";

    /// <summary>File that holds the bearer token for <c>/metrics</c>; required on any address but loopback.</summary>
    public string? MetricsTokenFile { get; set; }

    /// <summary>Tenant by Compose project, for containers without the label <c>sevensa.tenant</c>.</summary>
    public Dictionary<string, string> Projects { get; set; } = [];

    /// <summary>File with passwords of private registries, as <c>docker login</c> writes them; they never leave this host.</summary>
    public string? RegistryCredentialsFile { get; set; }

    /// <summary>Releases of each service whose specifications and images stay on the host.</summary>
    [Range(1, 1000)]
    public int ReleasesKept { get; set; } = 10;

    /// <summary>Folder of volume snapshots; <c>snapshots</c> in the state folder when empty.</summary>
    public string? SnapshotFolder { get; set; }

    /// <summary>Snapshots of each volume that are kept; older ones go when a new one is made.</summary>
    [Range(1, 1000)]
    public int SnapshotsKept { get; set; } = 5;

    /// <summary>Days after which a snapshot goes, except a volume's last.</summary>
    [Range(1, 3650)]
    public int SnapshotDays { get; set; } = 30;

    /// <summary>Room on the disk of snapshots that they never use, in MiB.</summary>
    [Range(0, 1 << 30)]
    public int SnapshotReserveMiB { get; set; } = 1024;

    /// <summary>Secrets that containers of this host get as files, with commas: <c>rentguy/api/database, rentguy/worker/smtp</c>.</summary>
    public string? Secrets { get; set; }

    /// <summary>
    /// More files of them, made of several keys: the secret, the name of the file and its text, as
    /// <c>rentguy/api/database url postgresql://{username|url}:{password|url}@db/rentguy</c>.
    /// </summary>
    public List<string> SecretTemplates { get; set; } = [];

    /// <summary>Folder in memory (tmpfs) where they lie.</summary>
    [Required]
    public string SecretFolder { get; set; } = SecretMounts.Folder;

    /// <summary>Vault or OpenBao that they are read from.</summary>
    public Uri? Vault { get; set; }

    /// <summary>Its key/value engine of version 2.</summary>
    [Required]
    public string VaultMount { get; set; } = "secret";

    /// <summary>Its namespace, where there are any.</summary>
    public string? VaultNamespace { get; set; }

    /// <summary>File with a token that somebody renews; or the two files of an AppRole instead.</summary>
    public string? VaultTokenFile { get; set; }

    /// <summary>File with the role id of this host's AppRole.</summary>
    public string? VaultRoleIdFile { get; set; }

    /// <summary>File with its secret id.</summary>
    public string? VaultSecretIdFile { get; set; }

    /// <summary>Trivy or Grype, by name or path, with which this host scans what it runs; nothing is scanned when empty.</summary>
    public string? Scanner { get; set; }

    /// <summary>Further arguments of it, with spaces: <c>--offline-scan --cache-dir /var/cache/trivy</c>.</summary>
    public string? ScannerArguments { get; set; }

    /// <summary>What it looks for: <c>vulnerability</c>, or <c>vulnerability,secret</c> with Trivy.</summary>
    [Required]
    public string ScanFor { get; set; } = "vulnerability";

    /// <summary>Hours after which an image is scanned again.</summary>
    [Range(1, 720)]
    public int ScanEveryHours { get; set; } = 24;

    /// <summary>Minutes after which a scan is ended.</summary>
    [Range(1, 240)]
    public int ScanMinutes { get; set; } = 15;

    /// <summary>Null for a Docker host.</summary>
    /// <exception cref="FormatException">The namespaces can't be read.</exception>
    internal ClusterSettings? ForCluster() =>
        string.IsNullOrWhiteSpace(Kubernetes)
            ? null
            : ClusterSettings.Parse(
                Kubernetes.Trim(),
                KubernetesContext,
                KubernetesTokenFile,
                KubernetesAuthorityFile,
                Namespaces
            );

    /// <summary>Null where this host scans nothing.</summary>
    internal ScannerSettings? ForScanner() =>
        string.IsNullOrWhiteSpace(Scanner)
            ? null
            : ScannerSettings.Parse(Scanner, ScannerArguments, ScanFor, ScanEveryHours, ScanMinutes, Docker, Policy);

    /// <summary>Null where this host hands out none.</summary>
    internal SecretSettings? ForSecrets()
    {
        if (string.IsNullOrWhiteSpace(Secrets) || Vault is null)
        {
            return null;
        }
        var handed = SecretSettings.Parse(Secrets);
        return new SecretSettings(
            handed,
            SecretFolder,
            Vault,
            VaultMount.Trim('/'),
            VaultNamespace?.Trim('/'),
            string.IsNullOrWhiteSpace(VaultTokenFile) ? null : VaultTokenFile,
            VaultRoleIdFile,
            VaultSecretIdFile
        )
        {
            Templates = [.. SecretTemplates.Select(text => SecretTemplate.Parse(text, handed))],
        };
    }

    internal WorkbenchSettings ForWorkbench() =>
        new(
            ReleasesKept,
            new SnapshotSettings(
                string.IsNullOrWhiteSpace(SnapshotFolder) ? Path.Combine(State, "snapshots") : SnapshotFolder,
                SnapshotsKept,
                SnapshotDays,
                (long)SnapshotReserveMiB << 20
            )
        );

    public string HostName =>
        string.IsNullOrWhiteSpace(Name) ? Environment.MachineName.ToLowerInvariant() : Name.Trim();

    /// <summary>Null for <c>none</c>.</summary>
    internal IPEndPoint? MetricsEndPoint() => Metrics == "none" ? null : IPEndPoint.Parse(Metrics);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Hub is { } hub && (!hub.IsAbsoluteUri || hub.Scheme is not ("http" or "https")))
        {
            yield return Mistake(nameof(Hub), $"\"{hub}\" is not an http or https address");
        }
        if (
            HostName.Length is 0 or > 63
            || HostName.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('-' or '.' or '_'))
        )
        {
            yield return Mistake(
                nameof(Name),
                $"\"{HostName}\" is not a host name (letters, digits, '-', '.', '_', at most 63)"
            );
        }
        if (
            !Uri.TryCreate(Docker, UriKind.Absolute, out var docker)
            || docker.Scheme is not ("unix" or "tcp" or "http" or "https")
        )
        {
            yield return Mistake(
                nameof(Docker),
                $"\"{Docker}\" is not an address of a Docker Engine (unix:///var/run/docker.sock)"
            );
        }
        foreach (
            var (key, file) in new[]
            {
                (nameof(EnrolmentTokenFile), EnrolmentTokenFile),
                (nameof(MetricsTokenFile), MetricsTokenFile),
            }
        )
        {
            if (file is { Length: > 0 } && FileTrouble(file) is { } trouble)
            {
                yield return Mistake(key, trouble);
            }
        }
        if (RegistryCredentialsFile is { Length: > 0 } registries && RegistryCredentials.Trouble(registries) is { } bad)
        {
            yield return Mistake(nameof(RegistryCredentialsFile), bad);
        }
        if (Policy is { Length: > 0 } policy && LocalPolicy.Trouble(policy) is { } wrong)
        {
            yield return Mistake(nameof(Policy), wrong);
        }
        foreach (var mistake in SecretMistakes())
        {
            yield return mistake;
        }
        if (Wrong(() => ForCluster()) is { } cluster)
        {
            yield return Mistake(nameof(Namespaces), cluster);
        }
        if (
            !string.IsNullOrWhiteSpace(Kubernetes)
            && Kubernetes != KubeAddress.InCluster
            && !Kubernetes.StartsWith("http", StringComparison.Ordinal)
            && Wrong(() => KubeConfig.Read(Kubernetes, KubernetesContext).Dispose()) is { } config
        )
        {
            yield return Mistake(nameof(Kubernetes), config);
        }
        if (ScannerTrouble() is { } scanner)
        {
            yield return Mistake(nameof(Scanner), scanner);
        }
        if (Metrics == "none")
        {
            yield break;
        }
        if (!IPEndPoint.TryParse(Metrics, out var address) || !Metrics.Contains(':', StringComparison.Ordinal))
        {
            yield return Mistake(nameof(Metrics), $"\"{Metrics}\" is not an address and port (127.0.0.1:9464) or none");
        }
        else if (!IPAddress.IsLoopback(address.Address) && string.IsNullOrEmpty(MetricsTokenFile))
        {
            yield return Mistake(
                nameof(MetricsTokenFile),
                $"metrics on {Metrics} can be reached from outside; name a file with a bearer token"
            );
        }
    }

    private IEnumerable<ValidationResult> SecretMistakes()
    {
        if (string.IsNullOrWhiteSpace(Secrets))
        {
            yield break;
        }
        IReadOnlyList<HandedSecret> handed = [];
        if (Wrong(() => handed = SecretSettings.Parse(Secrets)) is { } wrong)
        {
            yield return Mistake(nameof(Secrets), wrong);
        }
        else
        {
            foreach (var text in SecretTemplates)
            {
                if (Wrong(() => SecretTemplate.Parse(text, handed)) is { } odd)
                {
                    yield return Mistake(nameof(SecretTemplates), odd);
                }
            }
        }
        if (Vault is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            yield return Mistake(
                nameof(Vault),
                "secrets are handed out, so say where Vault is (https://vault.example.org)"
            );
        }
        if (string.IsNullOrWhiteSpace(VaultTokenFile))
        {
            foreach (
                var (key, file) in new[]
                {
                    (nameof(VaultRoleIdFile), VaultRoleIdFile),
                    (nameof(VaultSecretIdFile), VaultSecretIdFile),
                }
            )
            {
                if (string.IsNullOrWhiteSpace(file))
                {
                    yield return Mistake(key, "name VaultTokenFile, or both files of this host's AppRole");
                }
            }
        }
    }

    private string? ScannerTrouble()
    {
        try
        {
            ForScanner();
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    private static string? Wrong(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (FormatException exception)
        {
            return exception.Message;
        }
    }

    private static ValidationResult Mistake(string key, string text) => new(text, [key]);

    private static string? FileTrouble(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim().Length == 0 ? $"{file} is empty" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }
}
