using Microsoft.AspNetCore.Components.Web;
using Sevensa.Dashboard.Features.Identity.Pages;

namespace Sevensa.Dashboard.Tests.Features.Identity;

public sealed class OnePressTests
{
    private readonly OnePress press = new();
    private int done;

    [Fact]
    public async Task The_second_half_of_a_double_click_does_nothing_though_the_first_is_done()
    {
        await press.DoAsync(new MouseEventArgs { Detail = 1 }, DoAsync);
        await press.DoAsync(new MouseEventArgs { Detail = 2 }, DoAsync);
        Assert.Equal(1, done);
        // A later press is one of its own, as is one of the keyboard, which counts none.
        await press.DoAsync(new MouseEventArgs { Detail = 1 }, DoAsync);
        await press.DoAsync(new MouseEventArgs { Detail = 0 }, DoAsync);
        Assert.Equal(3, done);
    }

    [Fact]
    public async Task A_press_while_another_is_at_work_does_nothing_and_a_failure_leaves_it_free()
    {
        var gate = new TaskCompletionSource();
        var first = press.DoAsync(
            null,
            async () =>
            {
                await gate.Task;
                throw new InvalidOperationException("It failed.");
            }
        );
        await press.DoAsync(null, DoAsync);
        Assert.Equal((0, true), (done, press.IsBusy));
        gate.SetResult();
        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        await press.DoAsync(null, DoAsync);
        Assert.Equal((1, false), (done, press.IsBusy));
    }

    private Task DoAsync()
    {
        done++;
        return Task.CompletedTask;
    }
}
