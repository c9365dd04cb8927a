using System.Text;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// What the key file holds, 32 bytes each in base64: on the first line the key that seals; below <c>next:</c> one that will, which
/// opens already; below <c>former:</c> those that sealed before, which still open.
/// </summary>
internal sealed record HeldKeys(byte[] Current, byte[]? Next, IReadOnlyList<byte[]> Former)
{
    public const int Bytes = 32;
    private const string NextMark = "next:";
    private const string FormerMark = "former:";

    /// <summary>The one that seals first.</summary>
    public IReadOnlyList<byte[]> All => Next is null ? [Current, .. Former] : [Current, Next, .. Former];

    /// <summary>As it stands in the file.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder(Convert.ToBase64String(Current));
            Append(NextMark, Next is null ? [] : [Next]);
            Append(FormerMark, Former);
            return text.ToString();

            void Append(string mark, IReadOnlyList<byte[]> keys)
            {
                if (keys.Count > 0)
                {
                    text.Append('\n').Append(mark);
                    foreach (var key in keys)
                    {
                        text.Append('\n').Append(Convert.ToBase64String(key));
                    }
                }
            }
        }
    }

    /// <summary>The next one takes over, and the one of before opens from then on.</summary>
    public HeldKeys Promoted(byte[] next) => new(next, null, [Current, .. Former]);

    /// <summary>Whether whatever was sealed under those is opened by these.</summary>
    public bool Open(HeldKeys others) => others.All.All(key => All.Any(mine => mine.AsSpan().SequenceEqual(key)));

    /// <returns>Null when it holds no key, or anything else.</returns>
    public static HeldKeys? Parse(string text)
    {
        byte[]? current = null;
        byte[]? next = null;
        var former = new List<byte[]>();
        var mark = "";
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (line is NextMark or FormerMark)
            {
                mark = line;
                continue;
            }
            var key = new byte[Bytes];
            if (!Convert.TryFromBase64String(line, key, out var length) || length != Bytes)
            {
                return null;
            }
            switch (mark)
            {
                case FormerMark:
                    former.Add(key);
                    break;
                case NextMark when next is null:
                    next = key;
                    break;
                case "" when current is null:
                    current = key;
                    break;
                default:
                    return null;
            }
        }
        return current is null ? null : new HeldKeys(current, next, former);
    }
}
