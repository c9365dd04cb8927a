using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>Tries at the door, counted by who tries, and what the record says when the next has to wait.</summary>
internal sealed class SignInTries(Tries tries, KnownBrowsers browsers, IAuditLog audit)
{
    /// <summary>Counts a password that somebody gave; the first that is held ends it.</summary>
    /// <param name="whose">The person's id, or what stands for nobody's.</param>
    /// <param name="stamp">The account's; of nobody's none.</param>
    public async Task<IReadOnlyList<Try>> OfPasswordAsync(
        HttpContext context,
        string whose,
        string? stamp,
        CancellationToken cancellation
    )
    {
        var counted = new List<Try>();
        foreach (var (by, rule) in browsers.Counted(context, whose, stamp))
        {
            counted.Add(await tries.BeginAsync(by, rule, cancellation));
            if (counted[^1].IsHeld)
            {
                break;
            }
        }
        return counted;
    }

    /// <summary>Counts a code that somebody gave after a first step that was right.</summary>
    public async Task<IReadOnlyList<Try>> OfCodeAsync(string personId, CancellationToken cancellation) =>
        [await tries.BeginAsync(Tries.OfCodes(personId), TryRule.Codes, cancellation)];

    /// <summary>It was right.</summary>
    public async Task ForgetAsync(IEnumerable<Try> counted, CancellationToken cancellation)
    {
        foreach (var one in counted)
        {
            await tries.ForgetAsync(one.Whose, cancellation);
        }
    }

    /// <summary>It was wrong: where it was the last that is looked at for a while, the record says so.</summary>
    public async Task RecordAsync(string userName, IEnumerable<Try> counted, CancellationToken cancellation)
    {
        foreach (var last in counted.Where(one => one.IsLast))
        {
            var what =
                last.Rule == TryRule.Codes ? "wrong codes after a first step that was right"
                : last.Rule == TryRule.Passwords
                    ? "wrong passwords of one browser or network; elsewhere the account is not held"
                : "wrong passwords from everywhere; browsers in which its owner signed in before are not held";
            await audit.AppendAsync(HoldRecord.OfSignIn(userName, last, what), cancellation);
        }
    }

    /// <inheritdoc cref="KnownBrowsers.Find"/>
    public KnownBrowser? Browser(HttpContext context, Person person) => browsers.Find(context, person);

    /// <inheritdoc cref="KnownBrowsers.Remember"/>
    public void Remember(HttpContext context, Person person, string? trial) =>
        browsers.Remember(context, person, trial);
}
