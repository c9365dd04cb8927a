namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>From "silence the RentGuy alerts for 2 hours" to proposals, one for each name of an alert that fires: it is looked at first.</summary>
internal sealed class WishSilence(Turn turn, PlainLook look)
{
    private const string Kind = "silence.create";
    private const int MostNames = 3;

    public async Task<string> ToAsync(Wish wish, CancellationToken cancellation)
    {
        var tenant = wish.Tenant!;
        if (!turn.Caller.MayPropose)
        {
            return "Not proposed: you may look here, and not propose changes. Nothing was changed.";
        }
        if (WishTopics.Minutes($"{wish.Said} {wish.When?.Words}") is not { } minutes)
        {
            return $"For how long should the alerts of {tenant} be silenced, in minutes, hours or days? Nothing was proposed.";
        }
        var seen = await look.AskAsync("list_alerts", new { tenant, hours = 0 }, cancellation);
        if (seen.Data is not { } data)
        {
            return $"Not proposed: the alerts of {tenant} could not be looked at: {seen.Error!.TrimEnd('.')}. Nothing was changed.";
        }
        var names = ResultWords
            .Rows(data)
            .Where(row => WishRows.IsMeant(wish with { When = null }, row))
            .Select(row => ResultWords.Text(row, "name"))
            .OfType<string>()
            .Distinct()
            .ToList();
        var meant = names.FindAll(name => wish.Said.Contains(name, StringComparison.OrdinalIgnoreCase));
        names = meant.Count > 0 ? meant : names;
        if (names.Count == 0)
        {
            return $"No alert of {tenant}{(wish.Service is { } of ? " " + of : "")} fires: there is nothing to silence, and nothing was proposed.";
        }
        var said = new List<string>();
        foreach (var name in names.Take(MostNames))
        {
            said.Add(await ProposeAsync(wish, name, minutes, cancellation));
        }
        if (names.Count > MostNames)
        {
            said.Add($"Left out, say them by name: {string.Join(", ", names.Skip(MostNames).Select(Verbatim.Of))}.");
        }
        return string.Join('\n', said);
    }

    private async Task<string> ProposeAsync(Wish wish, string name, int minutes, CancellationToken cancellation)
    {
        var made = await look.AskAsync(
            "propose",
            new
            {
                kind = Kind,
                tenant = wish.Tenant,
                target = name,
                reason = $"Asked for: {wish.Said}.",
                parameters = wish.Service is { } service ? new { minutes, service } : (object)new { minutes },
            },
            cancellation
        );
        return made.Data is { } data
            ? $"Proposed: {ResultWords.Text(data, "title")} for {minutes} minutes, risk {ResultWords.Text(data, "risk")}. It waits for a person's approval; nothing has been changed."
            : $"Not proposed: {made.Error!.TrimEnd('.')}. Nothing was changed.";
    }
}
