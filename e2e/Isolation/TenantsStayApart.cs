using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.E2E.Isolation;

/// <summary>
/// Expressions by the ten thousand against a real Prometheus that several tenants share. <c>SEVENSA_EXPRESSIONS</c> sets how
/// many, <c>SEVENSA_SEED</c> makes others than those of every run; both are printed.
/// </summary>
public sealed partial class TenantsStayApart(SharedPrometheus prometheus) : IClassFixture<SharedPrometheus>
{
    private const int InCi = 20_000;

    private static readonly SelectorScope Own = SelectorScope.For("tenant", [SharedPrometheus.Own]);
    private static readonly SelectorScope Odd = SelectorScope.For("tenant", SharedPrometheus.Odd);

    [Fact]
    public async Task Nothing_of_another_tenant_is_answered_nor_computed_with()
    {
        var run = Run.Start(Number("SEVENSA_EXPRESSIONS", InCi), 217_689);
        await run.AllAsync(
            async (number, generator) =>
            {
                var text = generator.Next();
                var (scope, alone) = number % 4 == 0 ? (Odd, prometheus.OddOnly) : (Own, prometheus.OwnOnly);
                var scoped = scope.Apply(text).Text;
                var range = number % 5 == 0;
                var shared = await AskAsync(prometheus.All, scoped, range);
                var single = await AskAsync(alone, scoped, range);
                run.Asked(single);
                if (
                    SharedPrometheus.Marks.Any(shared.Contains)
                    || !await MayBothAsync(
                        (shared, () => AskAsync(prometheus.All, scoped, range)),
                        (single, () => AskAsync(alone, scoped, range)),
                        scoped
                    )
                )
                    run.Differs($"{text}\n  was asked as {scoped}\n  of all: {shared}\n  alone:  {single}");
            }
        );
        run.Report(TestContext.Current.TestOutputHelper!);
        Assert.True(run.Differences.IsEmpty, string.Join('\n', run.Differences.Take(5)));
        Assert.True(run.Answered > run.Expressions / 5, $"only {run.Answered} of {run.Expressions} had an answer");
    }

    /// <summary>The test above would be worth nothing if it did not see a hole: one matcher is taken out again.</summary>
    [Fact]
    public async Task A_single_selector_left_open_is_seen()
    {
        const string matcher = "tenant=\"rentguy\"";
        var run = Run.Start(1_000, 301_731);
        await run.AllAsync(
            async (number, generator) =>
            {
                var text = generator.Next();
                var scoped = Own.Apply(text).Text;
                var last = scoped.LastIndexOf(matcher, StringComparison.Ordinal);
                if (last < 0)
                    return;
                var open = $"{scoped[..last]}tenant!=\"-\"{scoped[(last + matcher.Length)..]}";
                var alone = await AskAsync(prometheus.OwnOnly, open, range: false);
                run.Asked(alone);
                if (await AskAsync(prometheus.All, open, range: false) != alone)
                    run.Differs(open);
            }
        );
        run.Report(TestContext.Current.TestOutputHelper!);
        Assert.True(run.Differences.Count > 100, $"seen {run.Differences.Count} times in {run.Expressions}");
    }

    /// <summary>The same through the API, which takes what is asked in many ways and has more to ask than queries.</summary>
    [Fact]
    public async Task The_API_answers_as_if_there_were_nobody_else()
    {
        await using var dashboard = new DashboardProcess(
            new Dictionary<string, string?> { ["Prometheus:Url"] = prometheus.All.ToString() }
        );
        await dashboard.StartAsync();
        using var client = await dashboard.ClientOfAsync("viewer");
        var run = Run.Start(Number("SEVENSA_EXPRESSIONS", InCi) / 20, 445_564);
        await run.AllAsync(
            async (number, generator) =>
            {
                var now = prometheus.Now.ToString(CultureInfo.InvariantCulture);
                var (path, asked) = (number % 6) switch
                {
                    0 => ("series", new[] { ("match[]", generator.Selector()), ("match[]", generator.Selector()) }),
                    1 => ("labels", [("match[]", generator.Selector())]),
                    2 => ("label/tenant/values", [("match[]", generator.Selector())]),
                    3 => ("label/__name__/values", []),
                    _ => ("query", [("query", generator.Next()), ("time", now)]),
                };
                if (path != "query")
                    asked = [.. asked, ("start", "0"), ("end", now)];
                var query = path == "query" ? Own.Apply(asked[0].Item2).Text : "";
                var direct = Address(path == "query" ? [("query", query), asked[1]] : asked);
                var address = new Uri(prometheus.OwnOnly, $"/api/v1/{path}?{direct}");
                var shared = await OfAllAsync();
                var alone = await AloneAsync();
                run.Asked(alone);
                if (
                    SharedPrometheus.Marks.Any(shared.Contains)
                    || !await MayBothAsync((shared, OfAllAsync), (alone, AloneAsync), query)
                )
                    run.Differs($"{path} {string.Join(' ', asked)}\n  API:   {shared}\n  alone: {alone}");

                async Task<string> OfAllAsync() => Run.Plain(await AskAsync(client, path, asked, number));
                async Task<string> AloneAsync() => Run.Plain(await Run.GetAsync(address));
            }
        );
        run.Report(TestContext.Current.TestOutputHelper!);
        Assert.True(run.Differences.IsEmpty, string.Join('\n', run.Differences.Take(5)));
    }

    private static async Task<string> AskAsync(HttpClient client, string path, (string, string)[] asked, int number)
    {
        var root = $"/api/v1/tenants/{SharedPrometheus.Own}/prometheus/api/v1/{path}";
        var body = asked.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2));
        using var request = (number % 3) switch
        {
            0 => new HttpRequestMessage(HttpMethod.Get, $"{root}?{Address(asked)}"),
            1 => new HttpRequestMessage(HttpMethod.Post, root) { Content = new FormUrlEncodedContent(body) },
            // What stands in the address as well is somebody else's, and comes second.
            _ => new HttpRequestMessage(HttpMethod.Post, $"{root}?query=%7Btenant%3D%22witcom%22%7D&tenant=witcom")
            {
                Content = new FormUrlEncodedContent(body),
            },
        };
        request.Headers.Add("X-Scope-OrgID", "witcom");
        using var answer = await client.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private static string Address((string, string)[] asked) =>
        string.Join(
            '&',
            asked.Select(pair => $"{Uri.EscapeDataString(pair.Item1)}={Uri.EscapeDataString(pair.Item2)}")
        );

    /// <summary>
    /// Which two of several series are named as too many is chance, and so are the last digits of a sum. Where a mistake stands
    /// is told of the text that was asked, and the two are asked in other words. A blank at the end of a refusal is not kept.
    /// </summary>
    private static string Told(string answer) =>
        answer.IndexOf("found duplicate series for the match group", StringComparison.Ordinal) is var at and >= 0
            ? answer[..at]
            : LongNumber()
                .Replace(
                    Place().Replace(answer, ": parse error").Replace(" \"}", "\"}", StringComparison.Ordinal),
                    number =>
                        double.Parse(number.Value, CultureInfo.InvariantCulture)
                            .ToString("G9", CultureInfo.InvariantCulture)
                );

    [GeneratedRegex(@"\d+\.\d{6,}(e[+-]?\d+)?")]
    private static partial Regex LongNumber();

    [GeneratedRegex(@": \d+:\d+: parse error")]
    private static partial Regex Place();

    private async Task<string> AskAsync(Uri server, string query, bool range)
    {
        var now = prometheus.Now;
        Dictionary<string, string> form = new() { ["query"] = query };
        if (range)
        {
            form["start"] = (now - 300).ToString(CultureInfo.InvariantCulture);
            form["end"] = now.ToString(CultureInfo.InvariantCulture);
            form["step"] = "60";
        }
        else
        {
            form["time"] = now.ToString(CultureInfo.InvariantCulture);
        }
        return await Run.PostAsync(new Uri(server, range ? "/api/v1/query_range" : "/api/v1/query"), form);
    }

    /// <summary>
    /// Whether one answer is as good as the other. Prometheus adds in no fixed order and chooses freely between equals, at
    /// every step anew, so what differs is asked again: for each step one answer that both have given must be found. Half of
    /// twenty equal series can be chosen in more ways than can be asked for: then both must have named the same series and
    /// given the same values at every step. Where it chooses at every step of a subquery, of which one answer is made, they
    /// must have named the same series, whatever became of them. Among what <c>count_values</c> makes, thousands are equal:
    /// then the values are compared, and whose they are is seen by the marks that every other tenant's series carry.
    /// </summary>
    private static async Task<bool> MayBothAsync(
        (string First, Func<Task<string>> Again) all,
        (string First, Func<Task<string>> Again) one,
        string query
    )
    {
        var ofAll = new StepAnswers(Told(all.First));
        var ofOne = new StepAnswers(Told(one.First));
        var chooses = ChoosesAmongEquals().IsMatch(query);
        for (var again = 0; again < (chooses ? 1_000 : 40) && !May(); again++)
        {
            ofAll.Add(Told(await all.Again()));
            ofOne.Add(Told(await one.Again()));
        }
        return May();

        bool May() =>
            ofAll.Overlaps(ofOne)
            || (chooses && ofAll.NamesTheSame(ofOne) && ofAll.OverlapsInValues(ofOne))
            || (ManyChoices().IsMatch(query) && ofAll.NamesTheSame(ofOne))
            || (AmongCounted().IsMatch(query) && ofAll.OverlapsInValues(ofOne));
    }

    [GeneratedRegex(@"\b(topk|bottomk|limitk)\b")]
    private static partial Regex ChoosesAmongEquals();

    [GeneratedRegex(@"\b(topk|bottomk|limitk)\b.*\bcount_values\b", RegexOptions.Singleline)]
    private static partial Regex AmongCounted();

    [GeneratedRegex(@"\b(topk|bottomk|limitk)\b.*\[[^\]]*:", RegexOptions.Singleline)]
    private static partial Regex ManyChoices();

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var given)
            ? given
            : otherwise;

    /// <summary>Many expressions side by side, each from a seed of its own, so that any can be made again.</summary>
    private sealed class Run(int expressions, int seed)
    {
        private static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 16 });

        private int answered;
        private int refused;

        public int Expressions => expressions;

        public int Answered => answered;

        public ConcurrentQueue<string> Differences { get; } = [];

        public static Run Start(int expressions, int seed) => new(expressions, Number("SEVENSA_SEED", seed));

        public Task AllAsync(Func<int, QueryGenerator, Task> one) =>
            Parallel.ForAsync(
                0,
                expressions,
                new ParallelOptions
                {
                    MaxDegreeOfParallelism = 8,
                    CancellationToken = TestContext.Current.CancellationToken,
                },
                async (number, _) => await one(number, new QueryGenerator(unchecked((seed * 1_000_003) + number)))
            );

        public void Asked(string answer)
        {
            if (answer.Contains("\"error\"", StringComparison.Ordinal))
                Interlocked.Increment(ref refused);
            else if (answer.Contains("\"value", StringComparison.Ordinal))
                Interlocked.Increment(ref answered);
        }

        public void Differs(string what) => Differences.Enqueue(what);

        public void Report(ITestOutputHelper output)
        {
            var text =
                $"seed {seed}: {expressions} expressions, {answered} answered with samples, {refused} refused by Prometheus, {Differences.Count} different";
            output.WriteLine(text);
            Console.WriteLine(text);
        }

        public static async Task<string> PostAsync(Uri address, Dictionary<string, string> form)
        {
            using var content = new FormUrlEncodedContent(form);
            using var answer = await Http.PostAsync(address, content);
            return Plain(await answer.Content.ReadAsStringAsync());
        }

        public static async Task<string> GetAsync(Uri address)
        {
            using var answer = await Http.GetAsync(address);
            return await answer.Content.ReadAsStringAsync();
        }

        /// <summary>The answer with its series in order, which Prometheus does not promise, and without what only we add.</summary>
        public static string Plain(string text)
        {
            var json = JsonNode.Parse(text)!.AsObject();
            json.Remove("infos");
            return
                json["data"] is JsonObject data
                && data["result"] is JsonArray { Count: > 1 } result
                && result[0] is JsonObject
                ? string.Join('\n', result.Select(one => one!.ToJsonString()).Order(StringComparer.Ordinal))
                : json.ToJsonString();
        }
    }
}
