using Microsoft.EntityFrameworkCore;

namespace Sevensa.Dashboard.Platform.Storage;

internal static class StoreNotes
{
    private const int PatienceSeconds = 1;

    /// <summary>
    /// Writes what is good to know and nothing rests on, such as when something was last used: a store that can be read but not
    /// written now does not take it, and nobody is refused therefore.
    /// </summary>
    public static async Task NoteAsync(this Store store, Func<Store, Task<int>> write)
    {
        var before = store.Database.GetCommandTimeout();
        store.Database.SetCommandTimeout(PatienceSeconds);
        try
        {
            await write(store);
        }
        catch (Exception exception) when (StoreFault.In(exception) is not null)
        {
            // Noted at a later use.
        }
        finally
        {
            store.Database.SetCommandTimeout(before);
        }
    }
}
