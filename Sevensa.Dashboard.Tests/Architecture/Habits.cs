using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>Rules that hold everywhere and that a compiler doesn't know.</summary>
public class Habits
{
    [Fact]
    public void No_context_is_injected() =>
        Holds(
            [".cs", ".razor"],
            path => !Regex.IsMatch(path, "^Platform/(Storage|Backups|Sealing)/|^Platform/Http/RowOrder"),
            @"@inject\s+(Store|SqliteStore|PostgresStore|\w*DbContext)\s|(?<!<)\b(Store|SqliteStore|PostgresStore)\s+\w+\s*[,)]\s*(:|\{|$)",
            "Take IDbContextFactory<Store> and make one context per operation."
        );

    [Fact]
    public void Nothing_waits_on_a_task_or_reads_the_wall_clock() =>
        Holds(
            [".cs", ".razor"],
            _ => true,
            @"\.GetAwaiter\(\)\.GetResult\(\)|\bThread\.Sleep\b|\bDateTime(Offset)?\.(UtcNow|Now|Today)\b",
            "Await it; take a TimeProvider."
        );

    [Fact]
    public void Names_say_what_a_thing_is() =>
        Assert.Empty(
            House
                .Sources(".cs", ".razor")
                .Where(path =>
                    Regex.IsMatch(path, @"(Helpers?|Utils?|Utilities|Manager|Common|Misc)(/|\.cs$|\.razor$)")
                )
        );

    [Fact]
    public void A_component_that_holds_something_lets_it_go() =>
        Assert.Empty(
            House
                .Sources(".razor")
                .Where(path =>
                {
                    var text = House.Read(path) + CodeBehind(path);
                    return Regex.IsMatch(
                            text,
                            @"\bIDisposable\?\s|\bIJSObjectReference\??\s+\w+\s*[;=]|\bCancellationTokenSource\b|\bPeriodicTimer\b|DotNetObjectReference<"
                        )
                        && !Regex.IsMatch(
                            text,
                            @"@implements\s+I(Async)?Disposable|:\s*.*I(Async)?Disposable|@inherits\s+\w*(Live|Subscrib)\w*|override\s+(async\s+)?ValueTask\s+Dispose"
                        );
                })
        );

    [Fact]
    public void Every_page_names_a_policy_or_lets_anybody_in() =>
        Assert.Empty(
            House
                .Sources(".razor")
                .Where(path => Regex.IsMatch(House.Read(path), @"(?m)^@page\s"))
                .Where(path =>
                    !Regex.IsMatch(
                        House.Read(path) + CodeBehind(path),
                        @"Authorize\(Policy\s*=\s*|Authorize\(Policies\.|AllowAnonymous|Authorize\(\w+Policy"
                    )
                )
        );

    private static string CodeBehind(string path)
    {
        var file = Path.Combine(House.Program, path + ".cs");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private static void Holds(string[] extensions, Func<string, bool> where, string forbidden, string wayOut)
    {
        var wrong = House
            .Sources(extensions)
            .Where(where)
            .Where(path => Regex.IsMatch(House.Read(path), forbidden, RegexOptions.Multiline))
            .ToList();
        Assert.True(wrong.Count == 0, $"{wayOut} Found in: {string.Join(", ", wrong)}");
    }
}
