using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Platform.Http;
using IPNetwork = System.Net.IPNetwork;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Section <c>Receivers</c>: where events may go, and how long a receiver that does not answer is borne with.</summary>
internal sealed class ReceiversOptions : IValidatableObject
{
    /// <summary>
    /// Addresses or networks that are not public and may be told all the same, e.g. <c>10.20.0.0/16</c>. All others that are not
    /// public are refused, whatever name leads to them; plain http goes to these alone.
    /// </summary>
    public List<string> AllowedNetworks { get; set; } = [];

    /// <summary>One try, in seconds.</summary>
    [Range(1, 60)]
    public int TimeoutSeconds { get; set; } = 15;

    /// <summary>After how many hours without one success a receiver is paused. What it was not told waits for it.</summary>
    [Range(1, 24 * 30)]
    public int PauseAfterHours { get; set; } = 24;

    /// <summary>How many days deliveries are kept.</summary>
    [Range(1, 365)]
    public int KeepDays { get; set; } = 14;

    internal IEnumerable<IPNetwork> Networks => AllowedNetworks.Select(OutwardDoor.Network).OfType<IPNetwork>();

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        AllowedNetworks
            .Where(text => OutwardDoor.Network(text) is null)
            .Select(text => new ValidationResult(
                $"\"{text}\" is neither an address nor a network such as 10.20.0.0/16",
                [nameof(AllowedNetworks)]
            ));
}
