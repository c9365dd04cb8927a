using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>
/// Interactive pages stand on MudBlazor, so that keys, focus and what a screen reader says come from one kept library.
/// Pages without a circuit, and the components that only they use, are plain HTML.
/// </summary>
public sealed partial class OneComponentLibrary
{
    private static readonly Dictionary<string, string> Instead = new()
    {
        ["<button"] = "MudButton or MudIconButton",
        ["<input"] = "MudTextField, MudNumericField, MudCheckBox or MudDatePicker",
        ["<select"] = "MudSelect, or MudAutocomplete where there are many to choose from",
        ["<textarea"] = "MudTextField with Lines",
        ["<dialog"] = "MudDialog",
        ["popover="] = "MudMenu or MudPopover",
        ["popovertarget="] = "MudMenu or MudPopover",
    };

    /// <summary>Where the element itself is needed, and why.</summary>
    private static readonly Dictionary<(string Path, string Element), string> ByHand = new()
    {
        [("Features/Assistant/Components/ChatInput.razor", "<textarea")] =
            "a field of the library writes back what the server heard last, over what was typed meanwhile",
        [("Features/Dashboards/Components/BoardView.razor", "<button")] = "boards.ts drags a panel by it",
        [("Features/Identity/Contracts/PasskeyInstead.razor", "<button")] =
            "it stands on pages without a circuit too, and passkeys.ts answers it",
        [("Features/Scans/Components/FindingRows.razor", "<input")] = "a tick in each of hundreds of rows",
        [("Ui/Components/CommandPalette.razor", "<input")] =
            "keys choose in the list below while the focus stays in it",
        [("Ui/Components/CopyText.razor", "<button")] = "it stands in hundreds of rows, and clipboard.ts copies",
        [("Ui/Components/TimeSeriesChart.razor", "<button")] = "a chart's legend has as many as the chart has lines",
        [("Ui/Layout/PlainLayout.razor", "<button")] = "it stands around pages without a circuit",
        [("Ui/Layout/Reconnect.razor", "<button")] = "it is needed when the circuit is gone",
    };

    [Fact]
    public void Interactive_pages_build_no_control_by_hand()
    {
        var wrong = Controls()
            .Where(control => !ByHand.ContainsKey(control))
            .Select(control =>
                $"{control.Path} has {control.Element} by hand: use {Instead[control.Element]}, or say in "
                + $"{nameof(OneComponentLibrary)}.{nameof(ByHand)} why the element itself is needed."
            )
            .ToList();
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void What_is_let_be_is_still_there()
    {
        var gone = ByHand.Keys.Except(Controls()).Select(control => $"{control.Path} {control.Element}").ToList();
        Assert.True(gone.Count == 0, $"Take off {nameof(ByHand)} what is there no more: {string.Join(", ", gone)}");
    }

    private static IEnumerable<(string Path, string Element)> Controls() =>
        Interactive()
            .SelectMany(path =>
                Control().Matches(Comment().Replace(House.Read(path), "")).Select(match => (path, match.Value))
            )
            .Distinct();

    /// <summary>All but pages without a circuit and the components that nothing else uses.</summary>
    private static IEnumerable<string> Interactive()
    {
        var texts = House.Sources(".razor").ToDictionary(path => path, path => Comment().Replace(House.Read(path), ""));
        var plain = texts
            .Where(page => page.Value.Contains("[ExcludeFromInteractiveRouting]", StringComparison.Ordinal))
            .Select(page => page.Key)
            .ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(plain);
        var users = texts
            .SelectMany(text =>
                Used().Matches(text.Value).Select(match => (Name: match.Groups["name"].Value, text.Key))
            )
            .Where(use => use.Name != Path.GetFileNameWithoutExtension(use.Key))
            .ToLookup(use => use.Name, use => use.Key, StringComparer.Ordinal);
        int more;
        do
        {
            more = texts.Keys.Count(path =>
                users[Path.GetFileNameWithoutExtension(path)] is var by
                && by.Any()
                && by.All(plain.Contains)
                && plain.Add(path)
            );
        } while (more > 0);
        return texts.Keys.Where(path => !plain.Contains(path)).Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"<(button|input|select|textarea|dialog)\b|\bpopover(target)?=")]
    private static partial Regex Control();

    [GeneratedRegex(@"<(?<name>[A-Z]\w*)|@(layout|inherits) (?<name>\w+)|typeof\((?<name>\w+)\)")]
    private static partial Regex Used();

    [GeneratedRegex(@"@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comment();
}
