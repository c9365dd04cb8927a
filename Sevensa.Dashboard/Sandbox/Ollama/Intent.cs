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
    Diagnose,
    Logs,
    Errors,
    Running,
    Status,
    Metric,
    Releases,
    Tenants,
    Alerts,

    /// <summary>A change that is not asked for as it stands.</summary>
    Reserved,

    /// <summary>Nothing that this product does: files, disks, processes, other people's clusters.</summary>
    Beyond,
}

/// <summary>What an operator's sentence asks for.</summary>
/// <param name="Tenant">Empty when none is named.</param>
/// <param name="Service">Empty when none is named.</param>
/// <param name="Stranger">What is named as a thing that runs, and is none of this fleet.</param>
/// <param name="Image">An image that containers are to come from.</param>
internal sealed partial record Intent(
    IntentKind Kind,
    string Tenant,
    string Service,
    string Metric = "",
    int Count = 0,
    string Path = "",
    string Stranger = "",
    string Image = ""
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
        var said = " " + Spaces().Replace(Pasted().Replace(question, " ").ToLowerInvariant(), " ") + " ";
        // "rentguy-api-1" is the api of rentguy; the "user-api" of somebody else is not.
        var text = Owned().Replace(said, "$1 ");
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
            CountIn(text),
            SecretPath().Match(said) is { Success: true } path ? path.Value : "",
            tenant.Length == 0 ? StrangerIn(said) : "",
            Ancestor().Match(said) is { Success: true } image ? image.Groups[1].Value : ""
        );
    }

    private static string StrangerIn(string text)
    {
        var named = Named().Match(text) is { Success: true } match ? match : Address().Match(text);
        return named.Success ? named.Groups.Cast<Group>().Skip(1).First(group => group.Success).Value : "";
    }

    private static IntentKind KindOf(string text)
    {
        // "Don't restart" asks for nothing; what is asked beside it still counts as a question.
        var asked = Negated().Replace(text, " ");
        if (Asks().IsMatch(asked) && Changing().IsMatch(asked))
        {
            // "Why was it restarted?" wants to know, not to do.
            return Has(asked, "why") ? IntentKind.Diagnose : IntentKind.Releases;
        }
        var kind = KindAsked(asked);
        var changes =
            kind
            is IntentKind.Rollback
                or IntentKind.Rotate
                or IntentKind.Scale
                or IntentKind.Restart
                or IntentKind.Stop
                or IntentKind.Start;
        return changes && Reservations.In(asked, kind == IntentKind.Rollback) ? IntentKind.Reserved : kind;
    }

    private static IntentKind KindAsked(string asked) =>
        AnyOf(asked, "roll back", "rollback", "rolled back", "previous version", "yesterday's state", "terugdraaien")
            ? IntentKind.Rollback
        : AnyOf(asked, "rotate", "renew the secret", "new password", "roteer") ? IntentKind.Rotate
        : AnyOf(asked, "scale", "replicas", "workers to", "more workers", "schaal") ? IntentKind.Scale
        : AnyOf(asked, "restart", "reboot", "bounce", "herstart") ? IntentKind.Restart
        : AnyOf(asked, "stop", "shut down", "take down", "halt") ? IntentKind.Stop
        : asked.TrimStart().StartsWith("start ", StringComparison.Ordinal)
        || AnyOf(asked, "start the", "start up", "bring up", "please start", "bring back")
            ? IntentKind.Start
        : AnyOf(asked, "alert", "alerts", "fires", "firing", "fired") ? IntentKind.Alerts
        : Deeds().IsMatch(asked) ? IntentKind.Beyond
        : AnyOf(asked, "slow", "traag", "slower") || Has(asked, "latency") && AnyOf(asked, "why", "investigate")
            ? IntentKind.WhySlow
        : AnyOf(
            asked,
            "why",
            "issue",
            "issues",
            "wrong",
            "problem",
            "problems",
            "what happened",
            "troubleshoot",
            "investigate",
            "root cause",
            "waarom"
        )
            ? IntentKind.Diagnose
        : AnyOf(asked, "errors", "error", "exceptions", "failing", "fails", "fouten") && !Has(asked, "error rate")
            ? IntentKind.Errors
        : AnyOf(asked, "logs", "log lines", "log") ? IntentKind.Logs
        : AnyOf(asked, "release", "releases", "deployed", "deploy", "version", "versions") ? IntentKind.Releases
        : MetricOf(asked).Length > 0 ? IntentKind.Metric
        : AnyOf(
            asked,
            "what is running",
            "what's running",
            "running",
            "draait",
            "draaien",
            "containers",
            "container",
            "pods",
            "images",
            "digests",
            "list services"
        )
            ? IntentKind.Running
        : AnyOf(asked, "tenants", "clients", "customers") ? IntentKind.Tenants
        : AnyOf(asked, "status", "health", "how is", "how are", "how's", "okay", "healthy", "doing") ? IntentKind.Status
        : IntentKind.Unknown;

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
            if (!IsPart(text[at - 1]) && !IsPart(text[after]))
            {
                return true;
            }
            at = text.IndexOf(word, after, StringComparison.Ordinal);
        }
        return false;
    }

    private static bool IsPart(char letter) => char.IsLetterOrDigit(letter) || letter == '-';

    /// <summary>How many there are to be: the number behind "to" before any other; none where it is no whole one.</summary>
    private static int CountIn(string text) =>
        Total().Match(text) is { Success: true } total ? Digits(total.Groups[1].Value)
        : Number().Match(text) is { Success: true } n ? Digits(n.Value.Trim())
        : 0;

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

    [GeneratedRegex(@"(?<=\s)(\d{1,2}|one|two|three|four|five)(?=[\s!?,]|\.(?!\d))")]
    private static partial Regex Number();

    [GeneratedRegex(@"\b(?:to|naar|op) (\d{1,2}|one|two|three|four|five)(?=[\s!?,]|\.(?!\d))")]
    private static partial Regex Total();

    [GeneratedRegex(@"[a-z0-9-]+(/[a-z0-9-]+){2,}")]
    private static partial Regex SecretPath();

    [GeneratedRegex(
        @"\b(do not|don't|never|without|niet) (\w+ )?(restart|stop|start|rotate|scale|roll back|rollback)(ing|ting)?\b"
    )]
    private static partial Regex Negated();

    /// <summary>Long quotations and fenced text are what somebody pasted: shown to the model, not asked of it.</summary>
    [GeneratedRegex("```.*?(```|$)|\"[^\"]{25,}\"|“[^”]{25,}”|(?m:^\\s*>.*$)", RegexOptions.Singleline, 1000)]
    private static partial Regex Pasted();

    [GeneratedRegex(@"(?<=[\s\W])(rentguy|witcom|psra-ltsd|platform)-(?=[a-z])|-\d+(?=\s)", RegexOptions.None, 1000)]
    private static partial Regex Owned();

    [GeneratedRegex(@"^\s*(why|when|who|how|which|what|did|was|were|has|have|does|is|are|waarom|wanneer|wie)\b")]
    private static partial Regex Asks();

    [GeneratedRegex(@"\b(restart|stop|start|rotate|scale|roll(ed)? ?back|reboot|halt)\b")]
    private static partial Regex Changing();

    [GeneratedRegex(
        @"\b(delete|remove|drop|wipe|erase|overwrite|format|copy|tar|create|install|upload|download|exec|execute|ssh|edit|chmod|kill|prune|email|merge|push|port[- ]forward|processes|semaphores|continuously write)\b|(?<=[\s""'])/(dev|etc|var|tmp|usr|root|home)/|\.tar\.gz\b",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Deeds();

    [GeneratedRegex(
        @"(?:namespace|pod|deployment|cluster|container)\s+[`""']?([a-z0-9]+[-.][a-z0-9.-]+)|[`""']?([a-z0-9]+-[a-z0-9-]+)[`""']?\s+(?:namespace|deployment|pod|container|service)|\b(?:in|from|with|of)\s+[`""']?([a-z]+-[a-z0-9-]+|[a-z0-9-]+-\d+)",
        RegexOptions.None,
        1000
    )]
    private static partial Regex Named();

    [GeneratedRegex(@"\b((?:[a-z0-9-]+\.)+(?:com|net|org|nl|io))\b", RegexOptions.None, 1000)]
    private static partial Regex Address();

    [GeneratedRegex(
        @"\b(?:with|from|based on) ([a-z0-9./:-]+) as (?:their |its |the )?ancestor|\bancestor=([a-z0-9./:-]+)"
    )]
    private static partial Regex Ancestor();
}
