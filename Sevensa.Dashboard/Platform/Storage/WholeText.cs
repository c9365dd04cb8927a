using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>
/// Makes every text whole on its way into the store (<see cref="StoreText"/>), whichever way it came into the program: a body,
/// an address, a form, a page's circuit, a runner's message, an upstream's answer. Texts that are looked for pass here too.
/// </summary>
internal sealed class WholeText : DbCommandInterceptor
{
    public override InterceptionResult<DbDataReader> ReaderExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result
    ) => Make(command, result);

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<DbDataReader> result,
        CancellationToken cancellationToken = default
    ) => new(Make(command, result));

    public override InterceptionResult<int> NonQueryExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result
    ) => Make(command, result);

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    ) => new(Make(command, result));

    public override InterceptionResult<object> ScalarExecuting(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<object> result
    ) => Make(command, result);

    public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command,
        CommandEventData eventData,
        InterceptionResult<object> result,
        CancellationToken cancellationToken = default
    ) => new(Make(command, result));

    private static T Make<T>(DbCommand command, T result)
    {
        foreach (DbParameter parameter in command.Parameters)
        {
            switch (parameter.Value)
            {
                case string text when !StoreText.IsWhole(text):
                    parameter.Value = StoreText.Whole(text);
                    break;
                case IEnumerable<string> texts when texts.Any(text => text is not null && !StoreText.IsWhole(text)):
                    parameter.Value = texts.Select(text => text is null ? null! : StoreText.Whole(text)).ToArray();
                    break;
                default:
                    break;
            }
        }
        return result;
    }
}
