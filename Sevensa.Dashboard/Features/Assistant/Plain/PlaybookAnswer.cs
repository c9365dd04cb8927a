using System.Globalization;
using Sevensa.Dashboard.Features.Assistant.Playbooks;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>Asks a playbook: its steps one by one, each read and answered as if a person had asked it, with the playbook cited.</summary>
internal sealed class PlaybookAnswer(Turn turn, PlaybookShelf playbooks)
{
    /// <param name="behind">What is behind the command.</param>
    /// <param name="answer">Answers one step for the playbook's tenant.</param>
    public async Task TellAsync(
        string behind,
        Func<string, Tenant, Task<string>> answer,
        CancellationToken cancellation
    )
    {
        FilledPlaybook filled;
        try
        {
            var (tenant, name, values) = PlaybookCommand.Read(behind);
            filled = await playbooks.FillAsync(turn.Caller, tenant, name, values, cancellation);
        }
        catch (Exception exception)
            when (exception
                    is UnfitPlaybookException
                        or UnknownPlaybookException
                        or PlaybookConflictException
                        or UnknownTenantException
                        or ForbiddenException
            )
        {
            turn.Tell(new TextEvent($"Not asked: {exception.Message} Nothing was changed."));
            return;
        }
        var of = turn.Visible.First(one => one.Id == filled.Tenant);
        var cited = turn.Cite($"playbook {filled.Title}, version {filled.Version}", filled.Link, filled.Tenant);
        turn.Tell(
            new TextEvent(
                $"{Verbatim.Of(filled.Title)}, version {filled.Version} of {of.Name}'s playbook {filled.Name} [{cited}]:"
            )
        );
        foreach (var (at, step) in filled.Steps.Index())
        {
            var said = IsNoStep(step)
                ? "Left out: a step is asked by itself, and is no playbook or policy."
                : await answer(step, of);
            turn.Tell(
                new TextEvent(
                    string.Create(CultureInfo.InvariantCulture, $"\n\n**{at + 1}. {Verbatim.Of(step)}**\n\n{said}")
                )
            );
        }
    }

    private static bool IsNoStep(string step) =>
        PlaybookCommand.Behind(step) is not null || StandingWish.Of(step) is not null;
}
