using Microsoft.AspNetCore.Components.Web;

namespace Sevensa.Dashboard.Features.Identity.Pages;

/// <summary>
/// Makes one press one deed. A second press while the first is at work does nothing; nor does the second half of a double click,
/// which may meet another button or another row than it was meant for once the first is done.
/// </summary>
internal sealed class OnePress
{
    public bool IsBusy { get; private set; }

    /// <param name="press">Null for a form that was sent.</param>
    public async Task DoAsync(MouseEventArgs? press, Func<Task> work)
    {
        if (IsBusy || press is { Detail: > 1 })
        {
            return;
        }
        IsBusy = true;
        try
        {
            await work();
        }
        finally
        {
            IsBusy = false;
        }
    }
}
