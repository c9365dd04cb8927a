using System.Globalization;
using Sevensa.Dashboard.Features.Automation.Drafting;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>No such policy, or one of a tenant that the caller may not see: the same answer for both (404).</summary>
internal sealed class UnknownPolicyException(string id) : Exception($"There is no policy \"{id}\" that you can see.");

/// <summary>It can't be done as things stand (409).</summary>
internal sealed class PolicyConflictException(string message, string code = "conflict") : Exception(message)
{
    public string Code { get; } = code;
}

/// <summary>A sentence does not say all that a policy needs (422).</summary>
internal sealed class UnreadSentenceException(string message, SentenceReading reading) : Exception(message)
{
    public SentenceReading Reading { get; } = reading;
}

/// <summary>What is wrong with one member of a policy.</summary>
/// <param name="At">The member, as a path: <c>trigger.query</c>.</param>
/// <param name="Why">What follows it in a sentence.</param>
internal sealed record PolicyFault(string At, string Why);

/// <summary>What was asked for makes no policy; answered as 422 with the places and why.</summary>
internal sealed class UnfitPolicyException : Exception
{
    /// <summary>So many are told at once: who mends these finds the others.</summary>
    public const int Most = 50;

    public UnfitPolicyException(IReadOnlyList<PolicyFault> all)
        : this(Told(all), 0) { }

    public UnfitPolicyException(string at, string why)
        : this([new PolicyFault(at, why)]) { }

    private UnfitPolicyException(IReadOnlyList<PolicyFault> told, int _)
        : base(string.Join(" ", told.Select(fault => $"{fault.At} {fault.Why}"))) => All = told;

    /// <summary>Of the first of them.</summary>
    public string At => All[0].At;

    public IReadOnlyList<PolicyFault> All { get; }

    private static IReadOnlyList<PolicyFault> Told(IReadOnlyList<PolicyFault> all) =>
        all.Count <= Most
            ? all
            :
            [
                .. all.Take(Most),
                new PolicyFault(
                    "policy",
                    string.Create(CultureInfo.InvariantCulture, $"has {all.Count - Most} more that are wrong.")
                ),
            ];
}

/// <summary>Who writes a policy wants to know all that is wrong with it, and not one thing at a time.</summary>
internal sealed class FaultList
{
    private readonly List<PolicyFault> all = [];

    /// <summary>Nothing, where it can't be read.</summary>
    public T? Of<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (UnfitPolicyException exception)
        {
            all.AddRange(exception.All);
            return default;
        }
    }

    public void Check()
    {
        if (all.Count > 0)
        {
            throw new UnfitPolicyException(all);
        }
    }
}
