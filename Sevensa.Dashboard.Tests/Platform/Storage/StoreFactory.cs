using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>Stores of one kind for whoever asks for any.</summary>
internal sealed class StoreFactory<T>(IDbContextFactory<T> factory, Action? opened = null) : IDbContextFactory<Store>
    where T : Store
{
    public Store CreateDbContext()
    {
        opened?.Invoke();
        return factory.CreateDbContext();
    }
}
