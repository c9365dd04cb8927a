using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// Values that this program has used or read as secrets, to be found where they stand in a text, whatever stands around them.
/// None of them is kept: only keyed hashes, under keys that end with the program. A tenant's are found only for who sees that
/// tenant: to others it would tell whether they guessed one.
/// </summary>
public sealed class KnownSecrets(ILogger<KnownSecrets>? log = null)
{
    /// <summary>What stands in place of one.</summary>
    public const string Instead = "[redacted known value]";

    /// <summary>Of one tenant, in each of its forms; each is about a hundred bytes. With more the oldest are forgotten.</summary>
    internal const int MostOfTenant = 4_000;

    /// <summary>Of the settings and of what is signed in with: far more than there are, but for tokens that are given anew for years.</summary>
    private const int MostOwn = 100_000;

    /// <summary>What is shorter stands in many words by chance.</summary>
    private const int Shortest = 8;

    private const int Longest = 16_384;

    /// <summary>Shorter ones of small letters and dashes alone read as names, and would take services' own names out of every text.</summary>
    private const int NamesUpTo = 20;

    /// <summary>Shorter ones are none within a longer word.</summary>
    private const int WithinWordsFrom = 16;

    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);

    /// <summary>By the hash of their first letters, which the runtime keys anew for each process.</summary>
    private readonly ConcurrentDictionary<int, Known[]> all = new();

    private readonly Lock gate = new();

    /// <summary>By whose they are, the oldest first; this program's own under no name.</summary>
    private readonly Dictionary<string, Queue<(int Start, Known Known)>> kept = new(StringComparer.Ordinal);
    private readonly HashSet<string> told = new(StringComparer.Ordinal);

    /// <summary>The value, as it is and as it is written in addresses, in JSON and in base 64.</summary>
    /// <param name="tenant">Whose it is; null for this program's own.</param>
    public void Remember(string? value, string? tenant = null)
    {
        if (value?.Trim() is not { Length: >= Shortest and <= Longest } secret || IsLikeAName(secret))
        {
            return;
        }
        string[] forms =
        [
            secret,
            Uri.EscapeDataString(secret),
            JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
        ];
        foreach (var form in forms.Distinct(StringComparer.Ordinal))
        {
            Add(form, tenant);
        }
    }

    /// <summary>The text without them.</summary>
    /// <param name="sees">Which tenants' are meant beside this program's own; null for none.</param>
    public string Hide(string text, Func<string, bool>? sees = null)
    {
        if (text.Length < Shortest || all.IsEmpty)
        {
            return text;
        }
        StringBuilder? hidden = null;
        var from = 0;
        for (var at = 0; at + Shortest <= text.Length; )
        {
            if (LengthAt(text, at, sees) is not (> 0 and var length))
            {
                at++;
                continue;
            }
            (hidden ??= new StringBuilder()).Append(text, from, at - from).Append(Instead);
            from = at += length;
        }
        return hidden is null ? text : hidden.Append(text, from, text.Length - from).ToString();
    }

    private void Add(string form, string? tenant)
    {
        var (start, known) = (Start(form), new Known(form.Length, Hash(form), tenant));
        if (IsThere(start, known))
        {
            return;
        }
        lock (gate)
        {
            if (IsThere(start, known))
            {
                return;
            }
            var whose = tenant ?? "";
            if (!kept.TryGetValue(whose, out var those))
            {
                kept[whose] = those = new Queue<(int Start, Known Known)>();
            }
            if (those.Count >= (tenant is null ? MostOwn : MostOfTenant))
            {
                Forget(those.Dequeue());
                if (told.Add(whose))
                {
                    log?.LogWarning(
                        "More secrets of {Tenant} were used than are remembered ({Most} forms): the oldest are no longer found in texts",
                        tenant ?? "the dashboard itself",
                        those.Count + 1
                    );
                }
            }
            those.Enqueue((start, known));
            all[start] = [.. all.GetValueOrDefault(start, []).Append(known).OrderByDescending(one => one.Length)];
        }
    }

    private bool IsThere(int start, Known known) => all.TryGetValue(start, out var there) && there.Contains(known);

    private void Forget((int Start, Known Known) oldest)
    {
        Known[] left = [.. all.GetValueOrDefault(oldest.Start, []).Where(one => one != oldest.Known)];
        if (left.Length > 0)
        {
            all[oldest.Start] = left;
        }
        else
        {
            all.TryRemove(oldest.Start, out _);
        }
    }

    private int LengthAt(string text, int at, Func<string, bool>? sees)
    {
        if (!all.TryGetValue(Start(text.AsSpan(at)), out var those))
        {
            return 0;
        }
        // Those of one length stand together, and are compared with one hash.
        var (length, hash) = (0, UInt128.Zero);
        foreach (var known in those)
        {
            if (
                at + known.Length > text.Length
                || (known.Length < WithinWordsFrom && !StandsAlone(text, at, known.Length))
                || (known.Tenant is { } tenant && sees?.Invoke(tenant) != true)
            )
            {
                continue;
            }
            if (known.Length != length)
            {
                (length, hash) = (known.Length, Hash(text.AsSpan(at, known.Length)));
            }
            if (hash == known.Hash)
            {
                return known.Length;
            }
        }
        return 0;
    }

    private static bool StandsAlone(string text, int at, int length) =>
        (at == 0 || !char.IsLetterOrDigit(text[at - 1]))
        && (at + length == text.Length || !char.IsLetterOrDigit(text[at + length]));

    private static bool IsLikeAName(string secret) =>
        secret.Length < NamesUpTo
        && secret.All(letter => char.IsAsciiLetterLower(letter) || letter is '-' or '_' or '.');

    private static int Start(ReadOnlySpan<char> text) => string.GetHashCode(text[..Shortest]);

    private UInt128 Hash(ReadOnlySpan<char> text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, MemoryMarshal.AsBytes(text), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private readonly record struct Known(int Length, UInt128 Hash, string? Tenant);
}
