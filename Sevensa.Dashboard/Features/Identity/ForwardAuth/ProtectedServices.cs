using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>Which rules stand for an address, and what they say of somebody.</summary>
internal sealed class ProtectedServices(IOptions<List<ProtectedServiceOptions>> options) : IRoleUse
{
    /// <summary>Services that a custom role opens.</summary>
    public IEnumerable<string> Of(string role) =>
        options
            .Value.Where(rule => rule.CustomRoles.Contains(role))
            .Select(rule => $"the setting ProtectedServices ({rule.Name})");

    /// <summary>
    /// The rules that an address is judged by, all of which must let it through: the one with the longest path, those that fit it
    /// for a service that cares less how a path is written, or all of its host where the service may read another path altogether.
    /// Empty where nothing is protected: it is shut.
    /// </summary>
    public IReadOnlyList<ProtectedServiceOptions> For(ForwardedRequest asked)
    {
        var ofHost = options.Value.Where(rule => IsOf(rule.Host, asked)).ToList();
        if (ofHost.Count == 0)
        {
            return [];
        }
        if (asked.Overrides.HasFlag(ToldOtherwise.Path) || !IsPlain(asked.Path))
        {
            return ofHost;
        }
        var path = Uri.UnescapeDataString(asked.Path);
        if (ofHost.Where(rule => IsBelow(path, rule.Path)).MaxBy(LengthOf) is not { } one)
        {
            return [];
        }
        if (ofHost.FindAll(rule => LengthOf(rule) > LengthOf(one)) is not [_, ..] longer)
        {
            return [one];
        }
        var loosely = PathSpelling.Loosely(path);
        return [one, .. longer.Where(rule => IsBelow(loosely, PathSpelling.Loosely(rule.Path)))];
    }

    private static int LengthOf(ProtectedServiceOptions rule) => rule.Path.TrimEnd('/').Length;

    /// <summary>Whether somebody may send this request there.</summary>
    public static bool Opens(ProtectedServiceOptions rule, Caller caller, ForwardedRequest asked) =>
        rule.Access == ServiceAccess.Anybody
        || caller.MayRead
            && HasRole(rule, caller)
            && (rule.Tenants.Count == 0 || rule.Tenants.Exists(caller.MaySee))
            && (
                caller.Client is null
                || rule.Programs == ProgramAccess.All
                || rule.Programs == ProgramAccess.Read && asked.IsSafe
            );

    private static bool HasRole(ProtectedServiceOptions rule, Caller caller) =>
        caller.Role == Role.Custom
            ? caller.Custom is { } custom && rule.CustomRoles.Contains(custom.Id)
            : rule.Roles.Contains(caller.Role);

    private static bool IsOf(string host, ForwardedRequest asked)
    {
        var of = host.Contains(':', StringComparison.Ordinal) ? asked.Host : asked.HostName;
        if (!host.StartsWith("*.", StringComparison.Ordinal))
        {
            return string.Equals(host, of, StringComparison.OrdinalIgnoreCase);
        }
        var rest = host[1..];
        return of.Length > rest.Length
            && of.EndsWith(rest, StringComparison.OrdinalIgnoreCase)
            && !of[..^rest.Length].Contains('.', StringComparison.Ordinal);
    }

    private static bool IsBelow(string path, string rule)
    {
        rule = rule.TrimEnd('/');
        return path.StartsWith(rule, StringComparison.Ordinal)
            && (path.Length == rule.Length || path[rule.Length] == '/');
    }

    /// <summary>
    /// Every server reads it alike: no empty segment, none of dots (or of dots and blanks) alone, no separator in an escape, no path parameter, and no escape that
    /// gives another escape. Proxies such as nginx and Caddy hand the path on as the client wrote it.
    /// </summary>
    private static bool IsPlain(string path)
    {
        // Some make one letter of those that look alike before they look for dots and separators.
        var read = PathSpelling.Composed(Uri.UnescapeDataString(path));
        return !path.Contains("%2f", StringComparison.OrdinalIgnoreCase)
            && read.AsSpan().IndexOfAny("\\;%\0") < 0
            && !read.Any(char.IsControl)
            && !read.Contains("//", StringComparison.Ordinal)
            && !read.Split('/').Any(IsOfDots);
    }

    private static bool IsOfDots(string segment) =>
        segment.Length > 0 && segment.All(letter => letter == '.' || char.IsWhiteSpace(letter));
}
