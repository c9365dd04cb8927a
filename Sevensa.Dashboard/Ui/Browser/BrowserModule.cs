using Microsoft.JSInterop;

namespace Sevensa.Dashboard.Ui.Browser;

/// <summary>The pages' own script (<c>wwwroot-assets/src/app.ts</c>), loaded once per circuit.</summary>
public sealed class BrowserModule(IJSRuntime js) : IAsyncDisposable
{
    private Task<IJSObjectReference>? _module;

    /// <summary>Calls <c>group.function</c> of the module, such as <c>charts.create</c>.</summary>
    public async ValueTask<T> CallAsync<T>(string function, CancellationToken cancellationToken, params object?[] args)
    {
        var module = await LoadAsync();
        return await module.InvokeAsync<T>(function, cancellationToken, args);
    }

    public async ValueTask CallAsync(string function, CancellationToken cancellationToken, params object?[] args)
    {
        var module = await LoadAsync();
        await module.InvokeVoidAsync(function, cancellationToken, args);
    }

    /// <summary>
    /// Whether a call of a component that ends came too late: the browser is gone, or answers no more and was given up. It has
    /// nothing left to undo.
    /// </summary>
    public static bool IsGone(Exception exception) =>
        exception is JSDisconnectedException or OperationCanceledException;

    // The import map turns the name into the fingerprinted address, so this is the instance that the page itself loaded.
    private Task<IJSObjectReference> LoadAsync() =>
        _module ??= js.InvokeAsync<IJSObjectReference>("import", "./dist/app.js").AsTask();

    public async ValueTask DisposeAsync()
    {
        if (_module is not { IsCompletedSuccessfully: true } loaded)
            return;
        try
        {
            await (await loaded).DisposeAsync();
        }
        catch (Exception exception) when (IsGone(exception))
        {
            // The browser is gone, and the module with it.
        }
    }
}
