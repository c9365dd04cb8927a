using Microsoft.AspNetCore.Components.Web;

namespace Sevensa.Dashboard.Features.Actions.Components;

/// <summary>Keys of a proposal that is on screen: <c>a</c> approves it, <c>r</c> asks for the reason to reject it.</summary>
internal static class ApprovalKeys
{
    public static Task HandleAsync(KeyboardEventArgs pressed, ProposalCard? card) =>
        card is null or { Asking: true } || pressed.CtrlKey || pressed.MetaKey || pressed.AltKey || pressed.Repeat
            ? Task.CompletedTask
            : pressed.Key switch
            {
                "a" => card.ApproveAsync(),
                "r" => card.AskReasonAsync(),
                _ => Task.CompletedTask,
            };
}
