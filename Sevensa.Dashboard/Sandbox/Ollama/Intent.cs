using System.Globalization;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Ollama;

internal enum IntentKind
{
    Unknown,
    Restart,
    Stop,
    Start,
    Rollback,
    Scale,
    Rotate,
    WhySlow,
    Logs,
    Errors,
    Running,
    Status,
    Metric,
    Releases,
    Tenants,
    Alerts,
}

/// <summary>What an operator's sentence asks for.</summary>
/// <param name="Tenant">Empty when none is named.</param>
/// <param name="Service">Empty when none is named.</param>
internal sealed partial record Intent(
    IntentKind Kind,
    string Tenant,
    string Service,
    string Metric = "",
    int Count = 0,
    string Path = ""
)
{
    private static readonly (string Word, string Tenant)[] Tenants =
    [
        ("rentguy", "rentguy"),
        ("rent guy", "rentguy"),
        ("psra-ltsd", "psra-ltsd"),
        ("psra ltsd", "psra-ltsd"),
        ("ltsd", "psra-ltsd"),
        ("witcom", "witcom"),
        ("platform", "platform"),
    ];

    /// <summary>Longest first, so that "certificate worker" is not "worker".</summary>
    private static readonly (string Word, string Service)[] Services =
    [
        ("certificate-worker", "certificate-worker"),
        ("certificate worker", "certificate-worker"),
        ("certificates", "certificate-worker"),
        ("certificate", "certificate-worker"),
        ("vps manager", "ai"),
        ("claude-chat", "claude-chat"),
        ("claude chat", "claude-chat"),
        ("langgraph", "langgraph"),
        ("postgres", "postgres"),
        ("traefik", "traefik"),
        ("psra-api", "psra-api"),
        ("psra-db", "psra-db"),
        ("website", "web"),
        ("worker", "worker"),
        ("database", "db"),
        ("n8n", "n8n"),
        ("web", "web"),
        ("api", "api"),
        ("db", "db"),
    ];

    public static Intent Read(string question)
    {
        var text = " " + Spaces().Replace(question.ToLowerInvariant(), " ") + " ";
        var tenant = Tenants.FirstOrDefault(t => Has(text, t.Word)).Tenant ?? "";
        var service = Services.FirstOrDefault(s => Has(text, s.Word)).Service ?? "";
        if (tenant.Length == 0)
        {
            tenant = service switch
            {
                "certificate-worker" => "psra-ltsd",
                "psra-api" or "psra-db" => "witcom",
                "traefik" or "n8n" or "claude-chat" or "langgraph" or "ai" or "postgres" => "platform",
                _ => Has(text, "psra") ? "psra-ltsd" : "",
            };
        }
        if (tenant == "witcom")
        {
            service = service switch
            {
                "api" => "psra-api",
                "db" => "psra-db",
                _ => service,
            };
        }
        return new Intent(
            KindOf(text),
            tenant,
            service,
            MetricOf(text),
            Number().Match(text) is { Success: true } n ? Digits(n.Value.Trim()) : 0,
            SecretPath().Match(text) is { Success: true } path ? path.Value : ""
        );
    }

    private static IntentKind KindOf(string text)
    {
        // "Don't restart" asks for nothing; what is asked beside it still counts as a question.
        var asked = Negated().Replace(text, " ");
        return AnyOf(
                asked,
                "roll back",
                "rollback",
                "rolled back",
                "previous version",
                "yesterday's state",
                "terugdraaien"
            )
                ? IntentKind.Rollback
            : AnyOf(asked, "rotate", "renew the secret", "new password", "roteer") ? IntentKind.Rotate
            : AnyOf(asked, "scale", "replicas", "workers to", "more workers", "schaal") ? IntentKind.Scale
            : AnyOf(asked, "restart", "reboot", "bounce", "herstart") ? IntentKind.Restart
            : AnyOf(asked, "stop", "shut down", "take down", "halt") ? IntentKind.Stop
            : asked.TrimStart().StartsWith("start ", StringComparison.Ordinal)
            || AnyOf(asked, "start the", "start up", "bring up", "please start", "bring back")
                ? IntentKind.Start
            : AnyOf(asked, "alert", "alerts", "fires", "firing", "fired") ? IntentKind.Alerts
            : Has(asked, "slow") || Has(asked, "latency") && Has(asked, "why") ? IntentKind.WhySlow
            : AnyOf(asked, "errors", "exceptions", "failing", "fails", "fouten") ? IntentKind.Errors
            : AnyOf(asked, "logs", "log lines", "log") ? IntentKind.Logs
            : AnyOf(asked, "release", "releases", "deployed", "deploy", "version", "versions") ? IntentKind.Releases
            : MetricOf(asked).Length > 0 ? IntentKind.Metric
            : AnyOf(asked, "what is running", "what's running", "running", "containers", "list services")
                ? IntentKind.Running
            : AnyOf(asked, "tenants", "clients", "customers") ? IntentKind.Tenants
            : AnyOf(asked, "status", "health", "how is", "how are", "how's", "okay", "healthy", "doing")
                ? IntentKind.Status
            : IntentKind.Unknown;
    }

    private static string MetricOf(string text) =>
        AnyOf(text, "memory", "ram", "geheugen") ? "memory"
        : AnyOf(text, "cpu", "processor") ? "cpu"
        : AnyOf(text, "latency", "p95", "response time") ? "latencyP95"
        : AnyOf(text, "error rate", "error share", "error ratio") ? "errorShare"
        : AnyOf(text, "request rate", "traffic", "requests per second", "requests") ? "requestRate"
        : "";

    private static bool AnyOf(string text, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (Has(text, word))
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>As a whole word.</summary>
    private static bool Has(string text, string word)
    {
        for (var at = text.IndexOf(word, StringComparison.Ordinal); at >= 0; )
        {
            var after = at + word.Length;
            if (!char.IsLetterOrDigit(text[at - 1]) && !char.IsLetterOrDigit(text[after]))
            {
                return true;
            }
            at = text.IndexOf(word, after, StringComparison.Ordinal);
        }
        return false;
    }

    private static int Digits(string text) =>
        text switch
        {
            "one" => 1,
            "two" => 2,
            "three" => 3,
            "four" => 4,
            "five" => 5,
            _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0,
        };

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<=\s)(\d{1,2}|one|two|three|four|five)(?=[\s.!?,])")]
    private static partial Regex Number();

    [GeneratedRegex(@"[a-z0-9-]+(/[a-z0-9-]+){2,}")]
    private static partial Regex SecretPath();

    [GeneratedRegex(
        @"\b(do not|don't|never|without|niet) (\w+ )?(restart|stop|start|rotate|scale|roll back|rollback)(ing|ting)?\b"
    )]
    private static partial Regex Negated();
}
