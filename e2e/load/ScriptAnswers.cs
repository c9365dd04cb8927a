using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Load;

/// <summary>What a browser's scripts would answer, as far as the server looks at it.</summary>
internal sealed class ScriptAnswers
{
    // Of Microsoft.JSInterop.JSCallResultType.
    private const int Anything = 0;
    private const int Reference = 1;

    private static readonly Dictionary<string, Func<JsonNode?>> known = new(StringComparer.Ordinal)
    {
        ["time.zone"] = () => "Europe/Amsterdam",
        ["theme.attach"] = () => "dark",
        // MudBlazor asks whether its own scripts are there.
        ["window.hasOwnProperty"] = () => true,
        ["Blazor._internal.navigationManager.enableNavigationInterception"] = () => null,
        ["Blazor._internal.PageTitle.getAndRemoveExistingTitle"] = () => null,
        ["mudElementRef.getBoundingClientRect"] = () =>
            new JsonObject
            {
                ["top"] = 0,
                ["left"] = 0,
                ["width"] = 1440,
                ["height"] = 900,
            },
        ["mudpopoverHelper.countProviders"] = () => 1,
    };

    private readonly ConcurrentDictionary<string, bool> unknown = new(StringComparer.Ordinal);
    private long references;

    /// <summary>Functions that were asked for a value and have no answer here.</summary>
    public IReadOnlyCollection<string> Unknown => (IReadOnlyCollection<string>)unknown.Keys;

    /// <summary>The answer to one call.</summary>
    /// <param name="function">As the server named it.</param>
    /// <param name="wanted">The kind of answer.</param>
    public JsonNode? Answer(string function, int wanted)
    {
        if (wanted == Reference)
            return new JsonObject { ["__jsObjectId"] = Interlocked.Increment(ref references) };
        if (known.TryGetValue(function, out var answer))
            return answer();
        if (wanted == Anything)
            unknown.TryAdd(function, true);
        return null;
    }
}
