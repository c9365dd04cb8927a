using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>
/// Which source a tool comes from. Sources make their tools anew for each caller; a call of one tool need not have all of them made.
/// </summary>
internal sealed class McpToolHomes
{
    private readonly ConcurrentDictionary<string, Type> homes = new(StringComparer.Ordinal);

    /// <param name="toolsOf">The tools that the caller may use of one source, or of all where none is given.</param>
    /// <returns>Null where the caller has no tool of that name.</returns>
    public AIFunction? Find(string? name, Func<Type?, IEnumerable<(Type Home, IEnumerable<AIFunction> Tools)>> toolsOf)
    {
        if (name is null)
        {
            return null;
        }
        // Where it was found for somebody says nothing of who asks now: what this caller has there, or anywhere, is made for them.
        return homes.TryGetValue(name, out var known) && In(toolsOf(known)) is { } again ? again : In(toolsOf(null));

        AIFunction? In(IEnumerable<(Type Home, IEnumerable<AIFunction> Tools)> sources)
        {
            foreach (var (home, tools) in sources)
            {
                if (tools.FirstOrDefault(tool => tool.Name == name) is { } found)
                {
                    homes[name] = home;
                    return found;
                }
            }
            return null;
        }
    }
}
