// What the coordinator of an instance sets once for all calls.
import { set_scratch as setScratch32, set_temperature as setTemperature32 } from '../float32/setup';
import { set_temperature as setTemperature64 } from '../float64/temperature';
import { setTemperature } from './values';

export function set_temperature(temperature: f64): void {
  setTemperature32(temperature);
  setTemperature64(temperature);
  setTemperature(temperature);
}

export function set_scratch(address: usize): void {
  setScratch32(address);
}
