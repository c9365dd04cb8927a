using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>Hears every statement that the store of one program is asked, of all that run in this process.</summary>
internal sealed class StoreQuestions(string folder, Action<string> heard)
    : IObserver<DiagnosticListener>,
        IObserver<KeyValuePair<string, object?>>,
        IDisposable
{
    private readonly List<IDisposable> subscriptions = [];

    /// <param name="folder">Of the program's store.</param>
    /// <param name="heard">Given the text; called one at a time.</param>
    public static IDisposable Listen(string folder, Action<string> heard)
    {
        var listening = new StoreQuestions(folder, heard);
        listening.subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(listening));
        return listening;
    }

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == DbLoggerCategory.Name)
        {
            lock (subscriptions)
            {
                subscriptions.Add(value.Subscribe(this, name => name == RelationalEventId.CommandExecuted.Name));
            }
        }
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (
            value.Value is CommandExecutedEventData { Command: { } command }
            && command.Connection?.ConnectionString.Contains(folder, StringComparison.Ordinal) == true
        )
        {
            lock (heard)
            {
                heard(command.CommandText);
            }
        }
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose()
    {
        lock (subscriptions)
        {
            subscriptions.ForEach(subscription => subscription.Dispose());
        }
    }
}
