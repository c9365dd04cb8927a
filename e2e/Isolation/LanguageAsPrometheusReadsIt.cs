using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.E2E.Isolation;

/// <summary>
/// Texts, good and broken, that are given to our parser and to a real server's. Debian's is older than the language that we
/// read, so what it does not know yet is told apart by its own words.
/// </summary>
public sealed partial class LanguageAsPrometheusReadsIt
{
    private const int InCi = 8_000;

    private static readonly string[] Pieces =
    [
        "up",
        "sum",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "offset",
        "bool",
        "and",
        "or",
        "unless",
        "atan2",
        "inf",
        "NaN",
        "start",
        "end",
        "(",
        ")",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ",",
        "=",
        "==",
        "!=",
        "=~",
        "!~",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "@",
        "\"a\"",
        "'b'",
        "`c`",
        "\"\\xff\"",
        "\"ü\"",
        "\"\\",
        "\"(\"",
        "1",
        "0x1f",
        "017",
        "08",
        "1e3",
        ".5",
        "5.",
        "1_0",
        "5m",
        "1h30m",
        "30m1h",
        "1y",
        "1ms",
        "5mm",
        "0s",
        "#x\n",
        "# é",
        "\n",
        "\t",
        " ",
        ":",
        "a:b",
        ":",
        "rate",
        "rate(up[5m])",
        "up[5m]",
        "up[5m:1m]",
        "up[5m:]",
        "scalar(up)",
        "vector(1)",
        "é",
        "☺",
        ";",
        "$",
        "_",
        "__name__",
        "job=\"a\"",
        "job=~\"a(\"",
        "job!~\"\"",
        "topk",
        "quantile",
        "count_values",
        "@ start()",
        "@ end()",
        "@ 1.5",
        "offset 5m",
        "offset -5m",
        "label_replace",
        "time()",
        "-1",
        "2 ^ -1",
        "histogram_quantile",
        "absent",
    ];

    private static readonly string[] Newer =
    [
        "unknown function",
        "bad duration syntax",
        "expected duration",
        "bad number or duration",
        "missing unit character in duration",
        "duration must be greater than 0",
        "unexpected metric identifier",
    ];

    [Fact]
    public async Task Accepts_and_rejects_what_the_server_does()
    {
        await using var prometheus = await PrometheusHistory.StartAsync(["# TYPE up gauge", "up 1 1700000000"]);
        // The same texts in every run; SEVENSA_SEED makes others.
        var seed = Number("SEVENSA_SEED", 217_689);
        var differences = new ConcurrentQueue<string>();
        var (good, bad, newer, places) = (0, 0, 0, 0);
        using var http = new HttpClient();
        await Parallel.ForAsync(
            0,
            Number("SEVENSA_TEXTS", InCi),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 8,
                CancellationToken = TestContext.Current.CancellationToken,
            },
            async (number, token) =>
            {
                var text = Text(new Random(unchecked((seed * 1_000_003) + number)));
                var ours = PromQlParser.TryParse(text, out _, out var error, PromQlOptions.Stable);
                using var form = new FormUrlEncodedContent([new("query", text)]);
                using var answer = await http.PostAsync(new Uri(prometheus.Url, "/api/v1/format_query"), form, token);
                var theirs = answer.StatusCode == HttpStatusCode.OK;
                var words = theirs
                    ? ""
                    : JsonNode.Parse(await answer.Content.ReadAsStringAsync(token))!["error"]!.GetValue<string>();
                if (ours == theirs)
                {
                    Interlocked.Increment(ref theirs ? ref good : ref bad);
                    if (!theirs && words.Contains($"{error!.Line}:{error.Column}: ", StringComparison.Ordinal))
                        Interlocked.Increment(ref places);
                }
                else if (ours ? IsNewer(text, words) : IsOlder(text, error!.Message))
                {
                    Interlocked.Increment(ref newer);
                }
                else
                {
                    differences.Enqueue(
                        $"{text.Replace("\n", "\\n")}\n  ours:   {error?.Message ?? "accepted"}\n  theirs: {(theirs ? "accepted" : words)}"
                    );
                }
            }
        );
        var told =
            $"seed {seed}: both accept {good}, both reject {bad} ({places} at the same place), only we accept {newer} for what is newer than this server, {differences.Count} different";
        TestContext.Current.TestOutputHelper!.WriteLine(told);
        Console.WriteLine(told);
        Assert.True(differences.IsEmpty, string.Join('\n', differences.Take(20)));
        Assert.True(good > 500 && bad > 500, told);
    }

    /// <summary>What the language learned after this server: names in quotes, numbers as lengths of time, and functions.</summary>
    private static bool IsNewer(string text, string words) =>
        Newer.Any(known => words.Contains(known, StringComparison.Ordinal))
        || words.Contains("unexpected string", StringComparison.Ordinal)
            && words.Contains("label", StringComparison.Ordinal)
        || words.Contains("unexpected <op:/>", StringComparison.Ordinal)
            && (text.Contains("</", StringComparison.Ordinal) || text.Contains(">/", StringComparison.Ordinal))
        // A length of time is no argument to it, so that it takes the comma before one for the last.
        || words.Contains("trailing commas not allowed", StringComparison.Ordinal) && LengthAfterComma().IsMatch(text);

    [GeneratedRegex(@",\s*-?\s*(?:[0-9]+(?:ms|[smhdwy]))+")]
    private static partial Regex LengthAfterComma();

    /// <summary>What this server let pass and newer ones refuse: start() and end() before a range.</summary>
    private static bool IsOlder(string text, string words) =>
        words.Contains("no @ modifiers allowed before range", StringComparison.Ordinal)
        && (text.Contains("start", StringComparison.Ordinal) || text.Contains("end", StringComparison.Ordinal));

    private static string Text(Random random)
    {
        if (random.Next(3) == 0)
            return string.Join(
                random.Next(2) == 0 ? " " : "",
                Enumerable.Range(0, random.Next(1, 9)).Select(_ => Pick(random))
            );
        var text = new StringBuilder(new QueryGenerator(random.Next()).Next());
        for (var times = random.Next(4); times > 0; times--)
        {
            var at = random.Next(text.Length + 1);
            if (random.Next(2) == 0)
                text.Remove(at, Math.Min(text.Length - at, random.Next(4)));
            else
                text.Insert(at, Pick(random));
        }
        return text.ToString();
    }

    private static string Pick(Random random) => Pieces[random.Next(Pieces.Length)];

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given)
            ? given
            : otherwise;
}
