// What compiled.yaml runs, once it is compiled to Shipping.dll. Only the context is wflow's, and it is dynamic.
using System;
using System.Threading;
using System.Threading.Tasks;

namespace Shipping
{
    public class ShipNode
    {
        public async Task ExecuteAsync(dynamic context, CancellationToken token)
        {
            await Task.Delay(1, token);
            // One attempt is too few.
            if (Environment.GetEnvironmentVariable("WFLOW_ATTEMPT") == "1") throw new TimeoutException("the carrier does not answer");
            context.SetOutput("parcel", $"{(int)context.GetGlobal("weight")} kg");
            context.SetGlobal("shipped", true);
        }
    }

    public class TakeBackNode
    {
        public Task ExecuteAsync(dynamic context) => Task.CompletedTask;
    }
}
